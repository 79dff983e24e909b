import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  PutRetentionPolicyCommand,
  StartQueryCommand,
  StopQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ACCOUNT } from "../../iam/policies.ts";
import { GROUP, type InsightsWorld, startInsightsWorld } from "./insights-world.ts";

let world: InsightsWorld;
beforeEach(async () => {
  world = await startInsightsWorld({ logsQueryMs: 1000 });
});
afterEach(async () => {
  expect(world.pocket.faults).toEqual([]);
  await world.close();
});

describe("a query", () => {
  test("is scheduled, then running with some of its rows, then complete with all of them and its figures", async () => {
    world.log(...Array.from({ length: 10 }, (_, index) => ({ index, table: index < 8 ? "orders" : "carts" })));
    const queryId = await world.start('fields index | filter table = "orders"');

    const scheduled = await world.results(queryId);
    world.nowMs += 500;
    const running = await world.results(queryId);
    world.nowMs += 500;
    const complete = await world.results(queryId);

    expect(scheduled).toMatchObject({ status: "Scheduled", results: [] });
    expect(running).toMatchObject({ status: "Running", statistics: { recordsMatched: 4 } });
    expect(running.results).toHaveLength(4);
    expect(complete).toMatchObject({
      status: "Complete",
      queryLanguage: "CWLI",
      statistics: { recordsMatched: 8, recordsScanned: 10, resultCount: 8, logGroupsScanned: 1 },
    });
    expect(complete.results).toHaveLength(8);
    expect(complete.statistics?.bytesScanned).toBeGreaterThan(200);
    expect(new Set(complete.results?.map((row) => row.find(({ field }) => field === "@ptr")?.value)).size).toBe(8);
  });

  test("gives its rows in pages of 10,000, and matches more than its limit lets through", async () => {
    for (let line = 0; line < 21_000; line += 1) world.service.append(GROUP, "stream", `{"line":${line}}`);
    const queryId = await world.start("fields line", { limit: 20_500 });
    world.nowMs += 1000;

    const sizes: number[] = [];
    const lines = new Set<string | undefined>();
    let nextToken: string | undefined;
    do {
      const page = await world.results(queryId, nextToken);
      sizes.push(page.results?.length ?? 0);
      for (const [first] of page.results ?? []) lines.add(first?.value);
      expect(page.statistics).toMatchObject({ recordsMatched: 21_000, resultCount: 20_500 });
      nextToken = page.nextToken;
    } while (nextToken !== undefined);

    expect(sizes).toEqual([10_000, 10_000, 500]);
    expect(lines.size).toBe(20_500);
  });

  test("gives 10,000 rows without a limit, and no token for more", async () => {
    for (let line = 0; line < 10_001; line += 1) world.service.append(GROUP, "stream", "{}");
    const queryId = await world.start("fields @message");
    world.nowMs += 1000;

    const page = await world.results(queryId);

    expect(page.results).toHaveLength(10_000);
    expect(page.nextToken).toBeUndefined();
    expect(page.statistics?.recordsMatched).toBe(10_001);
  });

  test("takes the lines of both its seconds, to the millisecond", async () => {
    for (const ms of [999, 1000, 2000, 2001]) {
      world.nowMs = ms;
      world.service.append(GROUP, "stream", `{"ms":${ms}}`);
    }

    const rows = await world.query("fields ms | sort @timestamp asc", { startTime: 1, endTime: 2 });

    expect(rows).toEqual([{ ms: "1000" }, { ms: "2000" }]);
  });

  test("goes over several groups, by names or ARNs", async () => {
    world.log({ from: "changes" });
    world.service.append("/other", "stream", '{"from":"other"}');
    const arn = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/other`;
    const none = { logGroupName: undefined };

    const byName = await world.query("fields from", { ...none, logGroupNames: [GROUP, "/other"] });
    const byArn = await world.query("fields from", { ...none, logGroupIdentifiers: [arn, GROUP] });

    expect(byName).toEqual([{ from: "other" }, { from: "changes" }]);
    expect(byArn).toEqual(byName);
  });

  test("does not see what is logged after it began", async () => {
    world.log({ line: 1 });
    const queryId = await world.start("fields line");
    world.log({ line: 2 });

    expect((await world.results(queryId)).results).toHaveLength(1);
  });

  test("that is stopped is cancelled, and can't be stopped twice", async () => {
    world.log("line");
    const queryId = await world.start("fields @message");
    const stop = () => world.logs.send(new StopQueryCommand({ queryId }));

    expect(await stop()).toMatchObject({ success: true });
    world.nowMs += 1000;

    expect(await world.results(queryId)).toMatchObject({ status: "Cancelled", results: [] });
    await expect(stop()).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  test.each(["Failed", "Timeout"] as const)("ends as %s while the conditions say so, and stays so", async (failure) => {
    world.log("line");
    world.pocket.conditions.logsQueryFailure = failure;
    const queryId = await world.start("fields @message");
    world.nowMs += 1000;

    expect(await world.results(queryId)).toMatchObject({ status: failure, results: [] });
    world.pocket.conditions.logsQueryFailure = undefined;

    expect((await world.results(queryId)).status).toBe(failure);
  });
});

describe("refuses", () => {
  test.each([
    ["more than 100,000 rows", { limit: 100_001 }, "InvalidParameterException", "limit is 100001"],
    ["times in milliseconds", { endTime: 1_763_600_000_000 }, "InvalidParameterException", "whole seconds"],
    ["an end before its start", { startTime: 9, endTime: 8 }, "InvalidParameterException", "after endTime"],
    ["two ways to name groups", { logGroupNames: [GROUP] }, "InvalidParameterException", "exactly one"],
    ["a group that is not there", { logGroupName: "/none" }, "ResourceNotFoundException", "/none"],
    ["a very long query", { queryString: "#".repeat(10_001) }, "InvalidParameterException", "10001 characters"],
    ["another language", { queryLanguage: "SQL" }, "NotInPocketAws", "the query language SQL"],
  ] as const)("%s", async (_, rest, name, message) => {
    world.log("line");

    await expect(world.start("fields @message", { ...rest } as object)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message),
    });
  });

  test("a time before the group was there, or after its retention", async () => {
    world.nowMs = 10 * 86_400_000;
    world.log("line");
    await expect(world.start("fields @message", { endTime: 5 })).rejects.toMatchObject({
      name: "MalformedQueryException",
    });
    await world.logs.send(new PutRetentionPolicyCommand({ logGroupName: GROUP, retentionInDays: 1 }));
    world.nowMs += 2 * 86_400_000;

    await expect(world.start("fields @message", { endTime: 10 * 86_400 + 1 })).rejects.toMatchObject({
      name: "MalformedQueryException",
      message: expect.stringContaining("retention"),
    });
  });

  test("a time whose lines the pocket AWS keeps no more, instead of answering without them", async () => {
    for (let line = 0; line < 60_000; line += 1) {
      world.nowMs = line;
      world.service.append(GROUP, "stream", "{}");
    }

    await expect(world.start("fields @message")).rejects.toMatchObject({ name: "NotInPocketAws" });
    expect(await world.query("limit 1", { startTime: 50 })).toHaveLength(1);
  });

  test("the 101st query that runs at once", async () => {
    world.log("line");
    for (let query = 0; query < 100; query += 1) await world.start("limit 1");

    await expect(world.start("limit 1")).rejects.toMatchObject({ name: "LimitExceededException" });
  });

  test("a query that is not there, and another one's token", async () => {
    await expect(world.results("none")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    world.log("line");
    const queryId = await world.start("limit 1");
    world.nowMs += 1000;

    await expect(world.results(queryId, "eA")).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  test("whoever may not query this group, or read results", async () => {
    world.log("line");
    world.service.append("/other", "stream", "x");
    const Resource = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:${GROUP}:*`;
    const keys = await world.pocket.roleWith("reader", { Effect: "Allow", Action: "logs:StartQuery", Resource });
    const reader = new CloudWatchLogsClient(world.pocket.config(keys));
    const start = (logGroupName: string) =>
      reader.send(new StartQueryCommand({ logGroupName, startTime: 0, endTime: 9, queryString: "limit 1" }));

    const { queryId } = await start(GROUP);
    await expect(start("/other")).rejects.toMatchObject({ name: "AccessDeniedException" });
    for (const command of [new GetQueryResultsCommand({ queryId }), new StopQueryCommand({ queryId })])
      await expect(reader.send(command as StopQueryCommand)).rejects.toMatchObject({ name: "AccessDeniedException" });
    reader.destroy();
  });
});
