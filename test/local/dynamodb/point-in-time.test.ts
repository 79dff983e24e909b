import {
  type AttributeValue,
  CreateBackupCommand,
  DeleteItemCommand,
  DescribeBackupCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  GetResourcePolicyCommand,
  ListBackupsCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  RestoreTableToPointInTimeCommand,
  type RestoreTableToPointInTimeCommandInput,
  ScanCommand,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTable, startWorld, tableArn, untilActive, type World } from "./support.ts";

const TABLE = "orders";
const START_MS = Date.UTC(2026, 10, 20, 2, 0, 0);
let world: World;
let nowMs: number;

beforeEach(async () => {
  nowMs = START_MS;
  world = await startWorld({ restoreMs: 0 }, { now: () => nowMs });
  await createTable(world, TABLE);
});
afterEach(() => world.close());

type Image = Record<string, AttributeValue>;

const put = (pk: string, n: string, table = TABLE) =>
  world.client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: pk }, n: { N: n } } }));
const remove = (pk: string) => world.client.send(new DeleteItemCommand({ TableName: TABLE, Key: { pk: { S: pk } } }));

const setRecovery = (PointInTimeRecoveryEnabled: boolean, RecoveryPeriodInDays?: number) =>
  world.client.send(
    new UpdateContinuousBackupsCommand({
      TableName: TABLE,
      PointInTimeRecoverySpecification: {
        PointInTimeRecoveryEnabled,
        ...(RecoveryPeriodInDays === undefined ? {} : { RecoveryPeriodInDays }),
      },
    }),
  );

async function window() {
  const { ContinuousBackupsDescription: description } = await world.client.send(
    new DescribeContinuousBackupsCommand({ TableName: TABLE }),
  );
  return description?.PointInTimeRecoveryDescription;
}

function restore(TargetTableName: string, ms: number, extra: Partial<RestoreTableToPointInTimeCommandInput> = {}) {
  return world.client.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: TABLE,
      TargetTableName,
      RestoreDateTime: new Date(ms),
      ...extra,
    }),
  );
}

/** The whole table, by key. */
async function contents(table: string): Promise<Map<string, Image>> {
  const found = new Map<string, Image>();
  let start: Image | undefined;
  do {
    const page = await world.client.send(new ScanCommand({ TableName: table, ExclusiveStartKey: start }));
    for (const item of page.Items ?? []) found.set(String(item.pk?.S), item);
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return found;
}

describe("a restore", () => {
  test("to T is the table as it was at T, while writers go on", async () => {
    await put("seeded-before-recovery", "0");
    await setRecovery(true);
    nowMs += 1000;
    const copies = new Map<number, Map<string, Image>>();
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    for (let second = 0; second < 6; second += 1) {
      await Promise.all(
        Array.from({ length: 60 }, async (_, index) => {
          const pk = `item-${random(40)}`;
          await (random(4) === 0 ? remove(pk) : put(pk, `${second * 100 + index}`));
        }),
      );
      // At the last millisecond of this second, and nothing else happens in it.
      nowMs = START_MS + (second + 2) * 1000 - 1;
      copies.set(nowMs + 1, await contents(TABLE));
      nowMs += 2;
    }

    for (const ms of copies.keys()) await restore(`copy-${ms}`, ms);

    await Promise.all(Array.from({ length: 60 }, (_, index) => put(`item-${index % 40}`, "999999")));
    for (const [ms, copy] of copies) {
      await untilActive(world.client, `copy-${ms}`);
      expect(await contents(`copy-${ms}`)).toEqual(copy);
      expect(copy.get("seeded-before-recovery")).toBeDefined();
    }
  });

  test("ends where its second begins", async () => {
    await setRecovery(true);
    nowMs = START_MS + 10_000;
    await put("at-the-beginning", "1");
    nowMs += 1;
    await put("a-millisecond-later", "1");
    nowMs += 5000;

    await restore("whole", START_MS + 10_000);
    await restore("fraction", START_MS + 10_999);

    await untilActive(world.client, "whole");
    await untilActive(world.client, "fraction");
    expect([...(await contents("whole")).keys()]).toEqual(["at-the-beginning"]);
    expect([...(await contents("fraction")).keys()]).toEqual(["at-the-beginning"]);
  });

  test("is CREATING and not readable for as long as the conditions say, then ACTIVE", async () => {
    world.conditions.restoreMs = 60_000;
    await put("a", "1");
    await setRecovery(true);
    nowMs += 5000;

    await restore("copy", START_MS + 2000);

    const describeCopy = async () => (await world.client.send(new DescribeTableCommand({ TableName: "copy" }))).Table;
    const read = () => world.client.send(new GetItemCommand({ TableName: "copy", Key: { pk: { S: "a" } } }));
    nowMs += 59_999;
    expect(await describeCopy()).toMatchObject({
      TableStatus: "CREATING",
      RestoreSummary: {
        RestoreInProgress: true,
        SourceTableArn: tableArn(TABLE),
        RestoreDateTime: new Date(START_MS + 2000),
      },
    });
    await expect(read()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(put("a", "2", "copy")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(restore("copy", START_MS + 2000)).rejects.toMatchObject({ name: "TableInUseException" });
    nowMs += 1;
    await untilActive(world.client, "copy");
    expect((await describeCopy())?.RestoreSummary?.RestoreInProgress).toBe(false);
    expect((await read()).Item?.n).toEqual({ N: "1" });
    world.conditions.restoreMs = Number.POSITIVE_INFINITY;
    expect((await describeCopy())?.TableStatus).toBe("ACTIVE");
  });

  test("brings neither tags, TTL, recovery, stream, policy nor deletion protection along", async () => {
    await createTable(world, "rich", {
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "g", AttributeType: "S" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "by-g",
          KeySchema: [{ AttributeName: "g", KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
        },
      ],
      DeletionProtectionEnabled: true,
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
      Tags: [{ Key: "team", Value: "orders" }],
      TableClass: "STANDARD_INFREQUENT_ACCESS",
      ResourcePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: "*", Action: "dynamodb:GetItem", Resource: tableArn("rich") }],
      }),
    });
    await world.client.send(
      new UpdateTimeToLiveCommand({
        TableName: "rich",
        TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
      }),
    );
    await world.client.send(
      new UpdateContinuousBackupsCommand({
        TableName: "rich",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    nowMs += 1000;

    await restore("plain", nowMs, { SourceTableName: "rich", GlobalSecondaryIndexOverride: [] });
    await restore("indexed", nowMs, { SourceTableName: "rich" });

    await untilActive(world.client, "plain");
    const { Table } = await world.client.send(new DescribeTableCommand({ TableName: "plain" }));
    expect(Table?.DeletionProtectionEnabled).toBe(false);
    expect(Table?.StreamSpecification).toBeUndefined();
    expect(Table?.TableClassSummary).toBeUndefined();
    expect(Table?.GlobalSecondaryIndexes).toBeUndefined();
    expect(Table?.AttributeDefinitions).toEqual([{ AttributeName: "pk", AttributeType: "S" }]);
    expect(Table?.BillingModeSummary?.BillingMode).toBe("PAY_PER_REQUEST");
    const { Tags } = await world.client.send(new ListTagsOfResourceCommand({ ResourceArn: tableArn("plain") }));
    expect(Tags).toEqual([]);
    const ttl = await world.client.send(new DescribeTimeToLiveCommand({ TableName: "plain" }));
    expect(ttl.TimeToLiveDescription?.TimeToLiveStatus).toBe("DISABLED");
    const backups = await world.client.send(new DescribeContinuousBackupsCommand({ TableName: "plain" }));
    expect(backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe(
      "DISABLED",
    );
    await expect(
      world.client.send(new GetResourcePolicyCommand({ ResourceArn: tableArn("plain") })),
    ).rejects.toMatchObject({ name: "PolicyNotFoundException" });
    const indexed = await world.client.send(new DescribeTableCommand({ TableName: "indexed" }));
    expect(indexed.Table?.GlobalSecondaryIndexes?.map((index) => index.IndexName)).toEqual(["by-g"]);
  });

  test("needs the right to restore the source, and to read and write the target", async () => {
    await setRecovery(true);
    nowMs += 2000;
    world.authorizer.asked = [];

    await restore("copy", nowMs);

    expect(world.authorizer.asked.map(({ action, resource }) => `${action} ${resource.split("/")[1]}`)).toEqual([
      "dynamodb:RestoreTableToPointInTime orders",
      "dynamodb:BatchWriteItem copy",
      "dynamodb:DeleteItem copy",
      "dynamodb:GetItem copy",
      "dynamodb:PutItem copy",
      "dynamodb:Query copy",
      "dynamodb:Scan copy",
      "dynamodb:UpdateItem copy",
    ]);
  });
});

describe("a restore is refused", () => {
  test("while recovery is off", async () => {
    await expect(restore("copy", START_MS)).rejects.toMatchObject({ name: "PointInTimeRecoveryUnavailableException" });
  });

  test.each([
    ["before the window", -1000],
    ["after what can be restored yet", 3000],
  ])("to a time %s", async (_what, offsetMs) => {
    world.conditions.latestRestorableLagMs = 5000;
    await setRecovery(true);
    nowMs += 7000;

    expect(await window()).toMatchObject({
      EarliestRestorableDateTime: new Date(START_MS),
      LatestRestorableDateTime: new Date(START_MS + 2000),
    });
    await expect(restore("copy", START_MS + offsetMs)).rejects.toMatchObject({ name: "InvalidRestoreTimeException" });
    await expect(restore("latest", START_MS + 2000)).resolves.toBeDefined();
  });

  test("to a name that is taken, and from a table that is not there", async () => {
    await createTable(world, "taken");
    await setRecovery(true);
    nowMs += 1000;

    await expect(restore("taken", nowMs)).rejects.toMatchObject({ name: "TableAlreadyExistsException" });
    await expect(restore("copy", nowMs, { SourceTableName: "nowhere" })).rejects.toMatchObject({
      name: "TableNotFoundException",
    });
  });
});

describe("the restorable window", () => {
  test("begins anew when recovery is switched off and on", async () => {
    await setRecovery(true);
    nowMs += 60_000;
    await setRecovery(false);
    expect(await window()).toEqual({ PointInTimeRecoveryStatus: "DISABLED" });
    nowMs += 1500;

    await setRecovery(true);

    expect((await window())?.EarliestRestorableDateTime).toEqual(new Date(START_MS + 62_000));
    await expect(restore("copy", START_MS + 30_000)).rejects.toMatchObject({ name: "InvalidRestoreTimeException" });
  });

  test("reaches back no further than the recovery period", async () => {
    await setRecovery(true, 1);
    nowMs += 3 * 86_400_000;

    expect(await window()).toMatchObject({
      RecoveryPeriodInDays: 1,
      EarliestRestorableDateTime: new Date(nowMs - 86_400_000),
    });
  });

  test("switching recovery on again while it is on changes nothing", async () => {
    await setRecovery(true);
    nowMs += 60_000;

    await setRecovery(true);

    expect((await window())?.EarliestRestorableDateTime).toEqual(new Date(START_MS));
  });
});

test("on-demand backups are listed by table and time", async () => {
  await createTable(world, "other");
  const backup = (TableName: string, BackupName: string) =>
    world.client.send(new CreateBackupCommand({ TableName, BackupName }));
  const first = await backup(TABLE, "first");
  nowMs += 10_000;
  await backup(TABLE, "second");
  await backup("other", "third");

  const { BackupSummaries } = await world.client.send(
    new ListBackupsCommand({ TableName: TABLE, TimeRangeUpperBound: new Date(START_MS + 10_000) }),
  );
  const all = await world.client.send(new ListBackupsCommand({}));
  const described = await world.client.send(new DescribeBackupCommand({ BackupArn: first.BackupDetails?.BackupArn }));

  expect(BackupSummaries?.map((one) => one.BackupName)).toEqual(["first"]);
  expect(all.BackupSummaries?.map((one) => one.BackupName)).toEqual(["first", "second", "third"]);
  expect(described.BackupDescription?.BackupDetails?.BackupCreationDateTime).toEqual(new Date(START_MS));
});
