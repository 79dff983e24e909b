import {
  CreateBackupCommand,
  DeleteBackupCommand,
  DeleteTableCommand,
  DescribeBackupCommand,
  DescribeTableCommand,
  ListBackupsCommand,
  PutItemCommand,
  RestoreTableFromBackupCommand,
  ScanCommand,
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

const item = (pk: string, n: string) => ({ pk: { S: pk }, n: { N: n } });
const put = (pk: string, n: string) => world.client.send(new PutItemCommand({ TableName: TABLE, Item: item(pk, n) }));
const contents = async (TableName: string) => {
  const { Items = [] } = await world.client.send(new ScanCommand({ TableName }));
  return Items.toSorted((a, b) => String(a.pk?.S).localeCompare(String(b.pk?.S)));
};

async function backUp(): Promise<string> {
  const created = await world.client.send(new CreateBackupCommand({ TableName: TABLE, BackupName: "nightly" }));
  return created.BackupDetails?.BackupArn ?? "";
}
const restore = (BackupArn: string, TargetTableName: string) =>
  world.client.send(new RestoreTableFromBackupCommand({ BackupArn, TargetTableName }));

describe("a restore from a backup", () => {
  test("is the table as it was when the backup was made, to the last write before it", async () => {
    await put("a", "1");
    await put("b", "1");
    const BackupArn = await backUp();
    // In the same millisecond still.
    await put("a", "2");
    await put("c", "1");
    nowMs += 5000;
    await put("b", "2");

    const restored = await restore(BackupArn, "copy");

    await untilActive(world.client, "copy");
    expect(await contents("copy")).toEqual([item("a", "1"), item("b", "1")]);
    expect(restored.TableDescription?.RestoreSummary).toMatchObject({
      SourceBackupArn: BackupArn,
      SourceTableArn: tableArn(TABLE),
      RestoreDateTime: new Date(START_MS),
    });
  });

  test("needs no point-in-time recovery, and works when the table is gone and made anew", async () => {
    await put("a", "1");
    const BackupArn = await backUp();
    await world.client.send(new DeleteTableCommand({ TableName: TABLE }));
    await createTable(world, TABLE);
    await put("new", "1");

    await restore(BackupArn, "copy");

    await untilActive(world.client, "copy");
    expect(await contents("copy")).toEqual([item("a", "1")]);
  });

  test("is CREATING for as long as the conditions say", async () => {
    world.conditions.restoreMs = 60_000;
    const BackupArn = await backUp();

    await restore(BackupArn, "copy");

    const status = async () =>
      (await world.client.send(new DescribeTableCommand({ TableName: "copy" }))).Table?.TableStatus;
    nowMs += 59_999;
    expect(await status()).toBe("CREATING");
    await expect(restore(BackupArn, "copy")).rejects.toMatchObject({ name: "TableInUseException" });
    nowMs += 1;
    await untilActive(world.client, "copy");
    await expect(restore(BackupArn, "copy")).rejects.toMatchObject({ name: "TableAlreadyExistsException" });
  });

  test("needs the right to restore the backup, and to read and write the target", async () => {
    const BackupArn = await backUp();
    world.authorizer.asked = [];

    await restore(BackupArn, "copy");

    expect(world.authorizer.asked.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      `dynamodb:RestoreTableFromBackup ${BackupArn}`,
      ...["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"].map(
        (action) => `dynamodb:${action} ${tableArn("copy")}`,
      ),
    ]);
  });

  test("is billed by the size of what was restored", async () => {
    await put("a", "1");
    await put("b", "1");
    const BackupArn = await backUp();

    await restore(BackupArn, "copy");

    // "pk" and a letter, "n" and a number of one digit.
    expect(world.service.billedBytes).toEqual({ orders: { exported: 0, restored: 2 * (2 + 1 + 1 + 2) } });
  });
});

test("a backup says how big the table was", async () => {
  await put("a", "1");
  const BackupArn = await backUp();
  await put("b", "1");

  const { BackupDescription } = await world.client.send(new DescribeBackupCommand({ BackupArn }));

  expect(BackupDescription?.BackupDetails?.BackupSizeBytes).toBe(6);
  expect(BackupDescription?.SourceTableDetails).toMatchObject({ ItemCount: 1, TableSizeBytes: 6 });
});

test("a deleted backup is listed no more, and nothing is restored from it", async () => {
  const [BackupArn, other] = [await backUp(), await backUp()];

  const deleted = await world.client.send(new DeleteBackupCommand({ BackupArn }));

  const { BackupSummaries } = await world.client.send(new ListBackupsCommand({ TableName: TABLE }));
  expect(deleted.BackupDescription?.BackupDetails?.BackupStatus).toBe("DELETED");
  expect(BackupSummaries?.map((backup) => backup.BackupArn)).toEqual([other]);
  await expect(restore(BackupArn, "copy")).rejects.toMatchObject({ name: "BackupNotFoundException" });
});
