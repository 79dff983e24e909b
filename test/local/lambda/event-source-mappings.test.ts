import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { STREAM_ACTIONS, StreamingWorld } from "./streaming-world.ts";

let world: StreamingWorld;
beforeAll(async () => {
  world = await StreamingWorld.start();
});
afterAll(async () => {
  expect(world.aws.faults).toBe(0);
  await world.close();
});

const REPORTS = { FunctionResponseTypes: ["ReportBatchItemFailures" as const] };

describe("delivery", () => {
  test("hands every write to the function, in order, each record once", async () => {
    const [table, reader] = [await world.table(), await world.function()];
    await world.map(reader, table.streamArn);

    await world.write(table.name, "a", "b");
    await world.remove(table.name, "a");
    await world.write(table.name, "a");

    expect(world.batches(reader).flat()).toEqual(["a", "b", "a", "a"]);
  });

  test("begins with the oldest record, or with what comes later, as the mapping says", async () => {
    const table = await world.table();
    await world.write(table.name, "early");
    const [all, later] = [await world.function(), await world.function()];
    await world.map(all, table.streamArn, { StartingPosition: "TRIM_HORIZON" });
    await world.map(later, table.streamArn, { StartingPosition: "LATEST" });

    await world.write(table.name, "late");

    expect(world.batches(all).flat()).toEqual(["early", "late"]);
    expect(world.batches(later).flat()).toEqual(["late"]);
  });

  test("is in batches of the mapping's size", async () => {
    const [table, reader] = [await world.table(), await world.function()];
    await world.write(table.name, "a", "b", "c", "d", "e");
    await world.map(reader, table.streamArn, { BatchSize: 2 });

    await world.idle();

    expect(world.batches(reader)).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  test("waits for a batch to fill up, and no longer than its window", async () => {
    const [table, patient, hasty] = [await world.table(), await world.function(), await world.function()];
    await world.map(patient, table.streamArn, { BatchSize: 3, MaximumBatchingWindowInSeconds: 300 });
    await world.map(hasty, table.streamArn, { BatchSize: 100, MaximumBatchingWindowInSeconds: 1 });

    for (const key of ["a", "b", "c"]) await world.put(table.name, key);
    await world.idle();

    expect(world.batches(patient)).toEqual([["a", "b", "c"]]);
    expect(world.batches(hasty).flat()).toEqual(["a", "b", "c"]);
  });

  test("of big records is in batches that an invocation takes", async () => {
    const [table, reader] = [await world.table(), await world.function()];
    const items = Array.from({ length: 20 }, (_, index) => ({
      pk: { S: `key${index}` },
      text: { S: "x".repeat(380_000) },
    }));
    await world.aws.services.dynamodb.seed(table.name, items);
    await world.map(reader, table.streamArn);

    await world.idle();

    expect(world.batches(reader)).toHaveLength(2);
    expect(world.batches(reader).flat()).toHaveLength(20);
  });

  test("goes to several functions, each at its own pace", async () => {
    const table = await world.table();
    const [one, other] = [await world.function(), await world.function({ FAILURES: "2", HOW: "throw" })];
    await world.map(one, table.streamArn);
    await world.map(other, table.streamArn);

    await world.write(table.name, "bad");

    expect(world.batches(one)).toEqual([["bad"]]);
    expect(world.batches(other)).toEqual([["bad"], ["bad"], ["bad"]]);
  });

  test("stops while the mapping is disabled, and goes on from there", async () => {
    const [table, reader] = [await world.table(), await world.function()];
    const UUID = await world.map(reader, table.streamArn, { Enabled: false });
    const enable = (Enabled: boolean) => world.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));

    await world.write(table.name, "a");
    expect((await world.describe(UUID)).State).toBe("Disabled");
    expect(world.batches(reader)).toEqual([]);
    await enable(true);
    await world.idle();
    await enable(false);
    await world.write(table.name, "b");
    await enable(true);
    await world.idle();

    expect(world.batches(reader)).toEqual([["a"], ["b"]]);
    expect(await world.describe(UUID)).toMatchObject({ State: "Enabled", LastProcessingResult: "OK" });
  });
});

describe("a batch that failed", () => {
  /** Writes before the mapping is made, so that all records are in one batch. */
  async function deliver(
    keys: readonly string[],
    environment: Readonly<Record<string, string>>,
    rest: Partial<ConstructorParameters<typeof CreateEventSourceMappingCommand>[0]> = {},
  ): Promise<{ reader: string; UUID: string }> {
    const [table, reader] = [await world.table(), await world.function(environment)];
    await world.write(table.name, ...keys);
    const UUID = await world.map(reader, table.streamArn, rest);
    await world.idle();
    return { reader, UUID };
  }

  test("comes again as a whole before anything later", async () => {
    const { reader, UUID } = await deliver(["a", "bad", "c", "d"], { FAILURES: "2", HOW: "throw" }, { BatchSize: 3 });

    expect(world.batches(reader)).toEqual([["a", "bad", "c"], ["a", "bad", "c"], ["a", "bad", "c"], ["d"]]);
    expect((await world.describe(UUID)).LastProcessingResult).toBe("OK");
  });

  test("comes again from the first record that the function reports", async () => {
    const { reader } = await deliver(["a", "bad1", "c", "bad2"], { FAILURES: "1", HOW: "report" }, REPORTS);

    expect(world.batches(reader)).toEqual([
      ["a", "bad1", "c", "bad2"],
      ["bad1", "c", "bad2"],
    ]);
  });

  test("is not known to have failed where the mapping takes no reports", async () => {
    const { reader } = await deliver(["a", "bad"], { FAILURES: "1", HOW: "report" });

    expect(world.batches(reader)).toEqual([["a", "bad"]]);
  });

  test("is given up after the retries that the mapping allows, and the function's log says so", async () => {
    const { reader, UUID } = await deliver(
      ["bad", "later"],
      { FAILURES: "99", HOW: "throw" },
      { MaximumRetryAttempts: 2, BatchSize: 1 },
    );

    expect(world.batches(reader)).toEqual([["bad"], ["bad"], ["bad"], ["later"]]);
    const lines = world.aws.services.logs.eventsOf(`/aws/lambda/${reader}`).map(({ message }) => message);
    expect(lines.join("\n")).toMatch(/1 records from \d{21} on discarded: RangeError: bad record/);
    expect((await world.describe(UUID)).LastProcessingResult).toBe("OK");
  });

  test("is split in two where the mapping says so, until the bad record stands alone", async () => {
    const { reader } = await deliver(
      ["a", "b", "bad", "d"],
      { FAILURES: "99", HOW: "throw" },
      { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 },
    );

    expect(world.batches(reader)).toEqual([["a", "b", "bad", "d"], ["a", "b"], ["bad", "d"], ["bad"], ["bad"], ["d"]]);
  });
});

describe("permissions", () => {
  test.each(STREAM_ACTIONS)("no mapping is made for a role that lacks dynamodb:%s", async (action) => {
    const table = await world.table();
    const reader = await world.function(
      {},
      STREAM_ACTIONS.filter((other) => other !== action),
    );

    await expect(world.map(reader, table.streamArn)).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringContaining(`dynamodb:${action}`),
    });
  });

  test("a role that loses them gets nothing, which the mapping tells, until it has them again", async () => {
    const [table, reader] = [await world.table(), await world.function()];
    const UUID = await world.map(reader, table.streamArn);
    await world.write(table.name, "a");
    await world.allow(reader, []);

    await world.write(table.name, "b");
    expect(world.batches(reader)).toEqual([["a"]]);
    const { LastProcessingResult } = await world.describe(UUID);
    expect(LastProcessingResult).toMatch(/^PROBLEM: .*not authorized to perform: dynamodb:DescribeStream/);
    await world.allow(reader, STREAM_ACTIONS);
    await world.write(table.name, "c");

    expect(world.batches(reader).flat()).toEqual(["a", "b", "c"]);
  });

  test("callers need lambda's own", async () => {
    const [table, reader] = [await world.table(), await world.function()];
    const role = `arn:aws:iam::${world.aws.accountId}:role/${reader}`;
    const client = new LambdaClient({ ...world.aws.clientConfig(world.aws.asRole(role)), maxAttempts: 1 });
    const UUID = await world.map(reader, table.streamArn);
    const input = { FunctionName: reader, EventSourceArn: table.streamArn, StartingPosition: "LATEST" as const };

    for (const [command, action] of [
      [new CreateEventSourceMappingCommand(input), "CreateEventSourceMapping"],
      [new DeleteEventSourceMappingCommand({ UUID }), "DeleteEventSourceMapping"],
      [new ListEventSourceMappingsCommand({}), "ListEventSourceMappings"],
    ] as const)
      await expect(client.send(command as DeleteEventSourceMappingCommand)).rejects.toMatchObject({
        name: "AccessDeniedException",
        message: expect.stringContaining(`lambda:${action}`),
      });
    client.destroy();
  });
});

describe("the API", () => {
  test("lists the mappings of a source or of a function, page by page, and no deleted one", async () => {
    const [table, other] = [await world.table(), await world.table()];
    const readers = [await world.function(), await world.function()];
    const uuids = [];
    for (const reader of readers) uuids.push(await world.map(reader, table.streamArn));
    await world.map(readers[0] ?? "", other.streamArn);
    const list = async (input: object) => {
      const { EventSourceMappings, NextMarker } = await world.lambda.send(new ListEventSourceMappingsCommand(input));
      return { uuids: EventSourceMappings?.map(({ UUID }) => UUID), NextMarker };
    };

    expect((await list({ EventSourceArn: table.streamArn })).uuids).toEqual(uuids);
    expect((await list({ FunctionName: readers[0] })).uuids).toHaveLength(2);
    const first = await list({ EventSourceArn: table.streamArn, MaxItems: 1 });
    expect(first.uuids).toEqual(uuids.slice(0, 1));
    const rest = await list({ EventSourceArn: table.streamArn, MaxItems: 1, Marker: first.NextMarker });
    expect(rest).toEqual({ uuids: uuids.slice(1), NextMarker: undefined });
    await world.lambda.send(new DeleteEventSourceMappingCommand({ UUID: uuids[0] }));
    await world.write(table.name, "a");

    expect((await list({ EventSourceArn: table.streamArn })).uuids).toEqual(uuids.slice(1));
    expect(readers.map((reader) => world.batches(reader))).toEqual([[], [["a"]]]);
  });

  test("shows what a mapping was made with", async () => {
    const [table, reader] = [await world.table(), await world.function()];
    const UUID = await world.map(reader, table.streamArn, { BatchSize: 7, MaximumRetryAttempts: 3, ...REPORTS });

    expect(await world.describe(UUID)).toMatchObject({
      UUID,
      EventSourceArn: table.streamArn,
      FunctionArn: `arn:aws:lambda:us-east-1:${world.aws.accountId}:function:${reader}`,
      EventSourceMappingArn: `arn:aws:lambda:us-east-1:${world.aws.accountId}:event-source-mapping:${UUID}`,
      State: "Enabled",
      StartingPosition: "TRIM_HORIZON",
      BatchSize: 7,
      MaximumRetryAttempts: 3,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      LastProcessingResult: "No records processed",
      LastModified: expect.any(Date),
    });
  });

  test.each([
    ["a filter", { FilterCriteria: { Filters: [] } }, "NotInPocketAws", "FilterCriteria"],
    ["a destination", { DestinationConfig: { OnFailure: {} } }, "NotInPocketAws", "DestinationConfig"],
    ["an age of records", { MaximumRecordAgeInSeconds: 60 }, "NotInPocketAws", "MaximumRecordAgeInSeconds"],
    ["batches side by side", { ParallelizationFactor: 2 }, "NotInPocketAws", "ParallelizationFactor"],
    ["another source", { EventSourceArn: "arn:aws:sqs:us-east-1:111122223333:q" }, "NotInPocketAws", "arn:aws:sqs"],
    ["a batch of none", { BatchSize: 0 }, "InvalidParameterValueException", "BatchSize"],
    ["a function that is not there", { FunctionName: "none" }, "ResourceNotFoundException", "none"],
  ] as const)("refuses %s by name", async (_, rest, name, message) => {
    const [table, reader] = [await world.table(), await world.function()];

    await expect(world.map(reader, table.streamArn, { ...rest } as object)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message),
    });
  });

  test("refuses a second mapping of the same two, and a stream that is not there", async () => {
    const [table, reader] = [await world.table(), await world.function()];
    await world.map(reader, table.streamArn);

    await expect(world.map(reader, table.streamArn)).rejects.toMatchObject({ name: "ResourceConflictException" });
    await expect(world.map(reader, `${table.streamArn}0`)).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringContaining("not found"),
    });
  });
});

test("closing the pocket AWS ends a delivery that fails again and again", async () => {
  const own = await StreamingWorld.start();
  const [table, reader] = [await own.table(), await own.function({ FAILURES: "999999", HOW: "throw" })];
  await own.map(reader, table.streamArn);
  const first = new Promise((resolve) => own.aws.services.lambda.onInvoke(resolve));
  await own.put(table.name, "bad");
  await first;

  await own.close();

  const delivered = own.batches(reader).length;
  await own.idle();
  expect(own.batches(reader)).toHaveLength(delivered);
});
