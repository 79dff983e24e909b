import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { beforeEach, describe, expect, it } from "vitest";
import { preflight } from "../../functions/preflight.ts";
import type { Aws } from "../../functions/runtime/aws.ts";
import type { Dependencies } from "../../functions/runtime/dependencies.ts";
import { readEnvironment } from "../../functions/runtime/environment.ts";
import { type Lock, Recoveries } from "../../functions/runtime/recoveries.ts";
import type { Recovery, RecoveryStatus } from "../../functions/runtime/recovery.ts";
import { answeringClient, awsError } from "./request/answering-client.ts";

const STARTED = "2026-11-20T03:00:00.700Z";
const KEYS = [{ pk: "a", sk: 1 }];
const REQUEST = { table: "orders", badSince: "40m ago", keys: KEYS };

/** A protected table as Preflight sees it, and everything that it writes: records and objects. */
class SeenWorld {
  readonly written: string[] = [];
  readonly objects = new Map<string, unknown>();
  readonly tables = new Set(["orders"]);
  flag = "none";
  earliest = "2026-11-01T00:00:00Z";
  /** Fails the write of this number, once, before it takes effect. */
  failingWrite = 0;
  readonly #items = new Map<string, unknown>();
  readonly deps: Dependencies;

  constructor() {
    const aws = { dynamodb: answeringClient(this.#dynamodb()), ssm: answeringClient(this.#ssm()) } as unknown as Aws;
    this.deps = {
      aws,
      environment: readEnvironment({
        RECOVERIES_TABLE: "recoveries",
        RECOVERY_BUCKET: "bucket",
        NOTIFICATION_TOPIC_ARN: "topic",
        FUNCTION_PREFIX: "backstitch",
        TABLES_PATH: "/backstitch/tables/",
      }),
      recoveries: new Recoveries(aws.dynamodb, "recoveries"),
      artifacts: {
        bucket: "bucket",
        putJson: async (_recoveryId: string, name: string, value: unknown) => {
          this.#write(name);
          this.objects.set(name, value);
        },
      } as unknown as Dependencies["artifacts"],
      now: () => new Date(STARTED),
      logger: { info() {}, warn() {}, error() {}, debug() {} },
    };
  }

  #write(what: string): void {
    this.failingWrite -= 1;
    if (this.failingWrite === 0) throw awsError("InternalServerError");
    this.written.push(what);
  }

  #dynamodb() {
    type Key = { recoveryId: { S: string }; record: { S: string } };
    const nameOf = ({ recoveryId, record }: Key) => `${recoveryId.S} ${record.S}`;
    return {
      DescribeTable: ({ TableName }: { TableName: string }) => {
        if (!this.tables.has(TableName)) throw awsError("ResourceNotFoundException");
        return {
          Table: {
            TableStatus: "ACTIVE",
            TableArn: `arn:aws:dynamodb:eu-west-1:111122223333:table/${TableName}`,
            TableId: "id-1",
            KeySchema: [
              { AttributeName: "pk", KeyType: "HASH" },
              { AttributeName: "sk", KeyType: "RANGE" },
            ],
            AttributeDefinitions: [
              { AttributeName: "pk", AttributeType: "S" },
              { AttributeName: "sk", AttributeType: "N" },
            ],
          },
        };
      },
      DescribeContinuousBackups: () => ({
        ContinuousBackupsDescription: {
          PointInTimeRecoveryDescription: {
            PointInTimeRecoveryStatus: "ENABLED",
            EarliestRestorableDateTime: new Date(this.earliest),
          },
        },
      }),
      ListBackups: () => ({}),
      DescribeTimeToLive: () => ({ TimeToLiveDescription: { TimeToLiveStatus: "ENABLED", AttributeName: "expires" } }),
      DescribeKinesisStreamingDestination: () => ({}),
      GetItem: ({ Key }: { Key: Key }) => ({ Item: this.#items.get(nameOf(Key)) }),
      // No earlier recovery of these tests has made a plan.
      Query: () => ({ Items: [] }),
      PutItem: ({ Item, ConditionExpression }: { Item: Key; ConditionExpression?: string }) => {
        const name = nameOf(Item);
        if (ConditionExpression?.startsWith("attribute_not_exists") && this.#items.has(name))
          throw new ConditionalCheckFailedException({ message: "there", $metadata: {} });
        this.#write(name);
        this.#items.set(name, Item);
        return {};
      },
    };
  }

  #ssm() {
    const table = { tableName: "orders", guards: ["ssm-flag"], flagParameter: "/flag", tenantKey: "{tenant}" };
    return {
      GetParameter: ({ Name }: { Name: string }) => {
        if (Name === "/flag") return { Parameter: { Type: "String", Value: this.flag } };
        if (Name === "/backstitch/tables/orders") return { Parameter: { Value: JSON.stringify(table) } };
        throw awsError("ParameterNotFound");
      },
      GetParametersByPath: () => ({ Parameters: [{ Name: "/backstitch/tables/orders" }] }),
    };
  }
}

let world: SeenWorld;

beforeEach(() => {
  world = new SeenWorld();
});

function run(request: unknown = REQUEST, recoveryId = "night-1") {
  return preflight(
    { recoveryId, executionArn: `arn:execution:${recoveryId}`, startTime: STARTED, request },
    world.deps,
  );
}

describe("a request that can be carried out", () => {
  it("tells the machine what it needs to know", async () => {
    expect(await run()).toEqual({
      recoveryId: "night-1",
      table: "orders",
      mode: "repair",
      freeze: "start",
      approvalTimeoutSeconds: 86_400,
      approvalOnTimeout: "stop",
      concurrency: 8,
      evidence: "export",
      keySource: "list",
      planFrom: "none",
      ending: false,
      outcome: "Stopped",
      round: 0,
      approvedHash: "none",
    });
  });

  it("takes the table's lock first, then keeps what was found, the request and the status", async () => {
    await run();

    expect(world.written).toEqual([
      "lock orders",
      "watch night-1",
      "night-1 recovery",
      "request.json",
      "night-1 status",
    ]);
    expect(await world.deps.recoveries.get<Lock>("lock", "orders")).toMatchObject({ recoveryId: "night-1" });
    expect(await world.deps.recoveries.get<RecoveryStatus>("night-1", "status")).toMatchObject({ state: "started" });
    expect(await world.deps.recoveries.load("night-1")).toMatchObject({
      executionArn: "arn:execution:night-1",
      startedAt: STARTED,
      tableId: "id-1",
      ttlAttribute: "expires",
      keySource: "list",
      restoreDateTime: Date.parse("2026-11-20T02:19:59Z") / 1000,
      guards: ["ssm-flag"],
      sideEffects: [],
    });
  });

  it("keeps its inline keys in the bucket alone", async () => {
    await run();

    const { request } = await world.deps.recoveries.load("night-1");
    expect(request).not.toHaveProperty("keys");
    expect(world.objects.get("request.json")).toMatchObject({ keys: KEYS });
  });

  it.each([
    [{}, "start"],
    [{ readOnly: { when: "repair" } }, "repair"],
    [{ readOnly: "none" }, "never"],
    [{ mode: "plan" }, "never"],
  ])("with %j freezes at %s", async (fields, freeze) => {
    expect(await run({ ...REQUEST, ...fields })).toMatchObject({ freeze });
  });

  it("never gives a Task a time-out of zero", async () => {
    expect(await run({ ...REQUEST, approval: { timeoutHours: 0.0001 } })).toMatchObject({ approvalTimeoutSeconds: 1 });
  });

  it("is not disturbed by a table that another recovery restored", async () => {
    world.tables.add("backstitch-night-2-before");

    await expect(run()).resolves.toMatchObject({ table: "orders" });
  });
});

describe("evidence", () => {
  const { keys: _keys, ...WITHOUT_KEYS } = REQUEST;

  it.each([
    [{ ...REQUEST, evidence: "restore" }, "restore", "list"],
    [{ ...WITHOUT_KEYS, evidence: "restore" }, "restore", "compare"],
    [WITHOUT_KEYS, "export", "evidence"],
    [{ ...WITHOUT_KEYS, keysFrom: { partition: { key: "a" } } }, "export", "evidence"],
    [{ ...WITHOUT_KEYS, badSince: "10s ago" }, "restore", "compare"],
    [{ table: "orders", deleteOnly: true, keys: KEYS }, "none", "list"],
  ])("of %j is %s, and its keys come from %s", async (request, evidence, keySource) => {
    expect(await run(request)).toMatchObject({ evidence, keySource });
    expect(await world.deps.recoveries.load("night-1")).toMatchObject({ evidence, keySource });
  });

  it("of an earlier recovery is read again, for the times that it had", async () => {
    await run({ ...REQUEST, mode: "plan", incidentEnd: "5m ago" }, "night-1");
    const decisions = [{ key: KEYS[0], decision: "revert" }];

    expect(
      await run({ table: "orders", evidence: { from: "night-1" }, decisions, mode: "plan" }, "night-2"),
    ).toMatchObject({ evidence: "export", keySource: "list" });

    const { restoreDateTime, incidentEnd } = await world.deps.recoveries.load("night-1");
    expect(await world.deps.recoveries.load("night-2")).toMatchObject({
      evidenceFrom: "night-1",
      evidenceReason: 'the exports made for recovery "night-1", as the request asks for',
      restoreDateTime,
      incidentEnd,
    });
    expect(world.objects.get("request.json")).toMatchObject({ decisions });
  });
});

describe("a retry", () => {
  it("goes on with the evidence that the first try chose, though it would choose another now", async () => {
    const short = { ...REQUEST, incidentEnd: "35m ago" };
    world.failingWrite = 4;
    await expect(run(short)).rejects.toThrow("InternalServerError");
    world.earliest = "2026-11-20T02:10:00Z";

    expect(await run(short)).toMatchObject({ evidence: "export" });
    expect(await world.deps.recoveries.load("night-1")).toMatchObject({ evidence: "export" });
    expect(await run(short, "night-2").catch(({ name }: Error) => name)).toBe("TableLocked");
    expect(await run({ ...short, mode: "plan" }, "night-2")).toMatchObject({ evidence: "restore" });
  });
});

describe("a plan", () => {
  it("leaves the lock to whoever repairs, and runs beside them", async () => {
    await run(REQUEST, "night-1");

    await expect(run({ ...REQUEST, mode: "plan" }, "night-2")).resolves.toMatchObject({ mode: "plan" });
    expect(await world.deps.recoveries.get<Lock>("lock", "orders")).toMatchObject({ recoveryId: "night-1" });
  });
});

describe("a request that can't be carried out", () => {
  it.each([
    [{ ...REQUEST, table: "order" }, 'did you mean "orders"?'],
    [{ ...REQUEST, badSince: "60d ago" }, "reaches back to 2026-11-01T00:00:00Z only"],
    [{ ...REQUEST, keys: [{ pk: "a" }] }, "Key attribute sk is missing"],
    [{ ...REQUEST, attributes: { only: ["pk"] } }, "which is a key attribute"],
    [{ ...REQUEST, tenants: ["a,b"] }, "can't stand in a list separated by commas"],
    [{ ...REQUEST, readOnly: { guards: ["table-policy"] } }, "which is not set up for table"],
  ])("%j writes nothing and says how to try again", async (request, message) => {
    const refused = run(request);

    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(
      'Nothing was changed. Choose "New execution" to try again: the name "night-1" is used up for 90 days.',
    );
    await expect(refused).rejects.toMatchObject({ name: "InvalidRequest" });
    expect(world.written).toEqual([]);
  });

  it("writes nothing where a guard could not be raised", async () => {
    world.flag = "all, acme";

    await expect(run()).rejects.toThrow('"ssm-flag", which can\'t be raised');
    expect(world.written).toEqual([]);
  });

  it("writes nothing while another recovery holds the table, and names that", async () => {
    await run(REQUEST, "night-1");
    world.written.length = 0;

    const refused = run(REQUEST, "night-2");

    await expect(refused).rejects.toMatchObject({ name: "TableLocked" });
    await expect(refused).rejects.toThrow(/being recovered by "night-1".*"night-2" is used up/);
    expect(world.written).toEqual([]);
  });

  it("names the table that stands where it would restore to", async () => {
    world.tables.add("backstitch-night-1-after");

    await expect(run()).rejects.toThrow('table "backstitch-night-1-after", which this recovery would restore into');
    expect(world.written).toEqual([]);
  });

  it("does not go on with what an earlier execution of its name found", async () => {
    const recoveryId = "nightly";
    await world.deps.recoveries.put(recoveryId, "recovery", { startedAt: "2026-08-01T00:00:00.000Z", table: REQUEST });
    world.written.length = 0;

    await expect(run(REQUEST, recoveryId)).rejects.toThrow(
      "had at 2026-08-01T00:00:00.000Z; its records are still kept",
    );
    expect(world.written).toEqual([]);
  });
});

describe("a failure that is nobody's fault", () => {
  it("is not told as a bad request", async () => {
    world.deps.aws.ssm.send = async () => {
      throw awsError("AccessDeniedException");
    };

    await expect(run()).rejects.toThrow(/^AccessDeniedException$/);
  });

  it.each([1, 2, 3, 4])(
    "at write %i is outlasted by the next try, which finds its own lock and record",
    async (nth) => {
      world.failingWrite = nth;

      await expect(run()).rejects.toThrow("InternalServerError");
      // By then the evidence may have been asked for: what stands under its own name is no reason to refuse itself.
      await run();

      const { recoveries } = world.deps;
      expect(await recoveries.get<Lock>("lock", "orders")).toMatchObject({ recoveryId: "night-1" });
      expect(await recoveries.get<Recovery>("night-1", "recovery")).toMatchObject({ recoveryId: "night-1" });
      expect(await recoveries.get<RecoveryStatus>("night-1", "status")).toMatchObject({ state: "started" });
      expect(world.objects.get("request.json")).toMatchObject({ keys: KEYS });
    },
  );
});
