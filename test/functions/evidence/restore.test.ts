import {
  CreateBackupCommand,
  DeleteTableCommand,
  ListTagsOfResourceCommand,
  ResourceNotFoundException,
  RestoreTableToPointInTimeCommand,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EvidenceImages } from "../../../functions/evidence/evidence.ts";
import type { EvidenceRecord } from "../../../functions/evidence/evidence-record.ts";
import { restore } from "../../../functions/evidence/restore.ts";
import { readRestoredImages } from "../../../functions/evidence/restored-images.ts";
import { restoredTableName } from "../../../functions/evidence/restored-tables.ts";
import type { Item } from "../../../functions/items/item.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { BEGIN, RecoveryWorld } from "./recovery-world.ts";

const BEFORE = "backstitch-r-1-before";
const AFTER = "backstitch-r-1-after";

let world: RecoveryWorld;
let recovery: Recovery;

beforeEach(async () => {
  world = await RecoveryWorld.start();
  await world.createTable("orders", ORDER_KEYS, true);
  recovery = await world.recover();
});
afterEach(() => world.close());

const ORDER_KEYS = [
  ["pk", "S"],
  ["sk", "N"],
] as const;

function order(sk: number, state: string): Item {
  return { pk: { S: "TENANT#a" }, sk: { N: String(sk) }, state: { S: state } };
}

const key = (sk: number): Item => ({ pk: { S: "TENANT#a" }, sk: { N: String(sk) } });

async function untilReady(of = recovery): Promise<void> {
  // The content is loaded in the background of real time; the world's clock alone does not show it.
  await expect
    .poll(
      async () => {
        world.passSeconds(61);
        return restore.check(of, world.deps);
      },
      { interval: 1 },
    )
    .toBe("ready");
}

async function record(): Promise<EvidenceRecord | undefined> {
  return world.deps.recoveries.get<EvidenceRecord>("r-1", "evidence");
}

async function tagsOf(name: string): Promise<Record<string, string | undefined>> {
  const { Tags } = await world.dynamodb.send(
    new ListTagsOfResourceCommand({ ResourceArn: recovery.tableArn.replace("orders", name) }),
  );
  return Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [Key, Value]));
}

function failOnce(type: new (...input: never[]) => object, name: string, when: "before" | "after" = "before"): void {
  let failed = false;
  const hook = (command: object) => {
    if (failed || !(command instanceof type)) return;
    failed = true;
    throw Object.assign(new Error(`${name} was planted`), { name });
  };
  if (when === "before") world.beforeCommand = hook;
  else world.afterCommand = hook;
}

describe("starting a restore", () => {
  it("waits while the last good second can't be restored yet, then starts, runs and is ready", async () => {
    world.conditions.latestRestorableLagMs = 300_000;
    world.passSeconds(600);

    expect(await restore.start(recovery, world.deps)).toBe("not-started");
    expect(await restore.check(recovery, world.deps)).toBe("not-started");
    world.passSeconds(300);
    expect(await restore.start(recovery, world.deps)).toBe("running");
    expect(await restore.check(recovery, world.deps)).toBe("running");
    await untilReady();
    expect(await restore.start(recovery, world.deps)).toBe("ready");

    expect((await record())?.tables.before).toEqual({
      tableName: BEFORE,
      tableArn: recovery.tableArn.replace("orders", BEFORE),
      restoreDateTime: "2026-11-20T02:10:00.000Z",
      requestedAt: "2026-11-20T02:15:00.000Z",
      startedAt: "2026-11-20T02:15:00.000Z",
      readyAt: expect.stringMatching(/^2026-11-20T02:/),
    });
    expect(await tagsOf(BEFORE)).toEqual({
      "backstitch:recoveryId": "r-1",
      "backstitch:expires": expect.stringMatching(/^2026-12-04T/),
    });
  });

  it("asks for on-demand capacity and no indexes", async () => {
    world.passSeconds(700);
    const sent: unknown[] = [];
    world.beforeCommand = (command) => {
      if (command instanceof RestoreTableToPointInTimeCommand) sent.push(command.input);
    };

    await restore.start(recovery, world.deps);

    expect(sent).toEqual([
      {
        SourceTableName: "orders",
        TargetTableName: BEFORE,
        RestoreDateTime: new Date((BEGIN + 600) * 1000),
        BillingModeOverride: "PAY_PER_REQUEST",
        GlobalSecondaryIndexOverride: [],
        LocalSecondaryIndexOverride: [],
      },
    ]);
  });

  it("restores a second table to the second after incidentEnd, when that can be restored", async () => {
    recovery = await world.recover({ incidentEnd: BEGIN + 700 });
    world.passSeconds(700);

    expect(await restore.start(recovery, world.deps)).toBe("not-started");
    expect(await world.describe(BEFORE)).toMatchObject({ TableStatus: "CREATING" });
    world.passSeconds(1);
    expect(await restore.start(recovery, world.deps)).toBe("running");

    const after = await world.describe(AFTER);
    expect(after?.RestoreSummary?.RestoreDateTime).toEqual(new Date((BEGIN + 701) * 1000));
    await untilReady();
  });

  it("adopts its own restore whose tagging was cut off", async () => {
    world.passSeconds(700);
    failOnce(TagResourceCommand, "Killed");

    await expect(restore.start(recovery, world.deps)).rejects.toThrow("Killed");
    expect(await restore.start(recovery, world.deps)).toBe("running");

    expect(await tagsOf(BEFORE)).toMatchObject({ "backstitch:recoveryId": "r-1" });
  });

  it("tags a restored table when DynamoDB allows it, at the latest when it is there", async () => {
    world.passSeconds(700);
    world.beforeCommand = (command) => {
      if (command instanceof TagResourceCommand || command instanceof ListTagsOfResourceCommand)
        throw new ResourceNotFoundException({ message: "its status might not be ACTIVE", $metadata: {} });
    };

    expect(await restore.start(recovery, world.deps)).toBe("running");
    expect(await restore.check(recovery, world.deps)).toBe("running");
    expect(await tagsOf(BEFORE)).toEqual({});
    world.beforeCommand = () => {};
    await untilReady();

    expect(await tagsOf(BEFORE)).toMatchObject({ "backstitch:recoveryId": "r-1" });
  });

  it("adopts its own restore whose answer was lost", async () => {
    world.passSeconds(700);
    failOnce(RestoreTableToPointInTimeCommand, "TimeoutError", "after");

    await expect(restore.start(recovery, world.deps)).rejects.toThrow("TimeoutError");
    expect(await restore.check(recovery, world.deps)).toBe("running");

    expect((await record())?.tables.before?.startedAt).toBe("2026-11-20T02:11:40.000Z");
  });

  it.each(["LimitExceededException", "TableAlreadyExistsException", "TableInUseException"])(
    "comes back later on %s",
    async (name) => {
      world.passSeconds(700);
      failOnce(RestoreTableToPointInTimeCommand, name);

      expect(await restore.start(recovery, world.deps)).toBe("not-started");
      expect(await restore.start(recovery, world.deps)).toBe("running");
    },
  );

  it("starts again what was lost meanwhile", async () => {
    world.passSeconds(700);
    await restore.start(recovery, world.deps);
    await untilReady();
    await world.dynamodb.send(new DeleteTableCommand({ TableName: BEFORE }));

    expect(await restore.check(recovery, world.deps)).toBe("not-started");
    expect(await restore.start(recovery, world.deps)).toBe("running");
    await untilReady();

    const { startedAt = "", readyAt = "" } = (await record())?.tables.before ?? {};
    expect(readyAt > startedAt).toBe(true);
  });

  it("says so when point-in-time recovery was switched off", async () => {
    world.passSeconds(700);
    await world.dynamodb.send(
      new UpdateContinuousBackupsCommand({
        TableName: "orders",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
      }),
    );

    await expect(restore.start(recovery, world.deps)).rejects.toMatchObject({
      name: "RestoreFailed",
      message: expect.stringContaining('Point-in-time recovery of table "orders" is DISABLED'),
    });
  });

  it("says so when the window moved on past the second it needs", async () => {
    recovery = await world.recover({ restoreDateTime: BEGIN - 10 });

    await expect(restore.start(recovery, world.deps)).rejects.toMatchObject({
      name: "RestoreFailed",
      message: expect.stringContaining("can be restored from 2026-11-20T02:00:00.000Z on"),
    });
  });

  it("does not take a status that it does not know for progress", async () => {
    world.passSeconds(700);
    await restore.start(recovery, world.deps);
    await untilReady();
    const odd = { ...(await world.describe(BEFORE)), TableStatus: "INACCESSIBLE_ENCRYPTION_CREDENTIALS" };
    const dynamodb = { send: async () => ({ Table: odd, Tags: [{ Key: "backstitch:recoveryId", Value: "r-1" }] }) };
    const deps = { ...world.deps, aws: { ...world.deps.aws, dynamodb: dynamodb as never } };

    await expect(restore.check(recovery, deps)).rejects.toThrow(/is INACCESSIBLE_ENCRYPTION_CREDENTIALS/);
  });
});

describe("a restore from a backup", () => {
  async function backup(): Promise<string> {
    const { BackupDetails } = await world.dynamodb.send(
      new CreateBackupCommand({ TableName: "orders", BackupName: "nightly" }),
    );
    return BackupDetails?.BackupArn ?? "";
  }

  it("gives `before` as it was at the backup, and `after` by point-in-time recovery", async () => {
    await world.put("orders", order(1, "at the backup"));
    const backupArn = await backup();
    world.passSeconds(300);
    await world.put("orders", order(1, "good"));
    world.passSeconds(400);
    await world.put("orders", order(1, "bad"));
    recovery = await world.recover({ backupArn, incidentEnd: BEGIN + 701 });
    world.passSeconds(100);

    expect(await restore.start(recovery, world.deps)).toBe("running");
    await untilReady();

    expect((await world.describe(BEFORE))?.RestoreSummary?.SourceBackupArn).toBe(backupArn);
    expect(await tagsOf(BEFORE)).toMatchObject({ "backstitch:recoveryId": "r-1" });
    const images: EvidenceImages[] = [];
    for await (const image of readRestoredImages(recovery, [key(1)], world.deps)) images.push(image);
    expect(images).toEqual([{ key: key(1), before: order(1, "at the backup"), after: order(1, "bad") }]);
    expect(await restore.remove(recovery, world.deps)).toBe(2);
  });

  it("starts at once: a backup needs no window of point-in-time recovery", async () => {
    const backupArn = await backup();
    recovery = await world.recover({ backupArn });
    world.conditions.latestRestorableLagMs = 300_000;

    expect(await restore.start(recovery, world.deps)).toBe("running");
  });

  it("says so when the backup was deleted", async () => {
    recovery = await world.recover({ backupArn: `${recovery.tableArn}/backup/01234567890123-00000000` });

    await expect(restore.start(recovery, world.deps)).rejects.toThrow(
      /can't be restored from backup .* was deleted since this recovery began: start a new one/,
    );
  });

  it("does not adopt a table that was restored from something else", async () => {
    world.passSeconds(700);
    await restore.start(recovery, world.deps);
    const backedUp = await world.recover({ backupArn: await backup() });

    await expect(restore.start(backedUp, world.deps)).rejects.toThrow(/but it was restored from no backup/);
  });
});

describe("tables that an earlier recovery restored", () => {
  const later = (change: Partial<Recovery> = {}) =>
    world.recover({ recoveryId: "r-2", evidenceFrom: "r-1", restoreDateTime: recovery.restoreDateTime, ...change });

  it("are read again by another, and never deleted by it", async () => {
    await world.put("orders", order(1, "good"));
    world.passSeconds(700);
    await restore.start(recovery, world.deps);
    await untilReady();
    const borrowing = await later();

    expect(await restore.start(borrowing, world.deps)).toBe("ready");
    expect(await restore.check(borrowing, world.deps)).toBe("ready");
    const images: EvidenceImages[] = [];
    for await (const image of readRestoredImages(borrowing, [key(1)], world.deps)) images.push(image);
    expect(images).toEqual([{ key: key(1), before: order(1, "good") }]);
    expect(await restore.remove(borrowing, world.deps)).toBe(0);
    expect(await world.describe(BEFORE)).toMatchObject({ TableStatus: "ACTIVE" });
    expect((await world.deps.recoveries.get<EvidenceRecord>("r-2", "evidence"))?.tables.before).toMatchObject({
      tableName: BEFORE,
      kept: 'it is borrowed: recovery "r-1" restored it',
    });
  });

  it("are an error that names them once they are gone", async () => {
    await expect(restore.start(await later(), world.deps)).rejects.toThrow(
      /"backstitch-r-1-before" of recovery "r-1", which recovery "r-2" wants to read again, is not there any more/,
    );
  });

  it("are not taken from whoever else made a table of their name", async () => {
    await world.createTable(BEFORE, ORDER_KEYS);

    await expect(restore.check(await later(), world.deps)).rejects.toThrow(
      /is not the one that recovery "r-1" restored from "orders": it was not restored from anything/,
    );
  });
});

describe("a table of the same name that is not ours", () => {
  const foreign: Readonly<Record<string, () => Promise<void>>> = {
    "was not restored from anything": () => world.createTable(BEFORE, ORDER_KEYS),
    "was restored from another table": async () => {
      await world.createTable("invoices", ORDER_KEYS, true);
      world.passSeconds(700);
      await restoreByHand("invoices", BEGIN + 600);
    },
    "was restored to another second": async () => {
      world.passSeconds(700);
      await restoreByHand("orders", BEGIN + 599);
    },
    "has the tag of another recovery": async () => {
      world.passSeconds(700);
      await restoreByHand("orders", BEGIN + 600);
      await world.dynamodb.send(
        new TagResourceCommand({
          ResourceArn: recovery.tableArn.replace("orders", BEFORE),
          Tags: [{ Key: "backstitch:recoveryId", Value: "another" }],
        }),
      );
    },
    "was asked for by nobody known": async () => {
      world.passSeconds(700);
      await restoreByHand("orders", BEGIN + 600);
    },
  };

  async function restoreByHand(from: string, second: number): Promise<void> {
    await world.dynamodb.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName: from,
        TargetTableName: BEFORE,
        RestoreDateTime: new Date(second * 1000),
      }),
    );
  }

  it.each(Object.keys(foreign))("that %s is neither adopted nor deleted", async (which) => {
    await foreign[which]?.();

    await expect(restore.start(recovery, world.deps)).rejects.toMatchObject({
      name: "RestoreFailed",
      message: expect.stringContaining(`Table "${BEFORE}" stands where recovery "r-1" wants to restore`),
    });
    expect(await restore.remove(recovery, world.deps)).toBe(0);

    expect(await world.describe(BEFORE)).toBeDefined();
    expect((await record())?.tables.before?.kept).toBeDefined();
    expect(world.warnings).toHaveLength(1);
  });
});

describe("removing", () => {
  it("deletes the tables that this recovery made, once, and never the live one", async () => {
    recovery = await world.recover({ incidentEnd: BEGIN + 650 });
    world.passSeconds(700);
    await restore.start(recovery, world.deps);
    await untilReady();

    expect(await restore.remove(recovery, world.deps)).toBe(2);
    expect(await restore.remove(recovery, world.deps)).toBe(0);

    await expect(world.describe(BEFORE)).rejects.toThrow("not found");
    await expect(world.describe(AFTER)).rejects.toThrow("not found");
    expect(await world.describe("orders")).toMatchObject({ TableStatus: "ACTIVE" });
    expect((await record())?.tables.after?.deletedAt).toBeDefined();
  });

  it("is tried again while a restore still runs", async () => {
    world.passSeconds(700);
    await restore.start(recovery, world.deps);

    await expect(restore.remove(recovery, world.deps)).rejects.toMatchObject({ name: "TransientFailure" });
  });

  it("has nothing to do where nothing was restored", async () => {
    expect(await restore.remove(recovery, world.deps)).toBe(0);
  });
});

describe("reading images", () => {
  async function images(keys: readonly Item[]): Promise<EvidenceImages[]> {
    const read: EvidenceImages[] = [];
    for await (const image of readRestoredImages(recovery, keys, world.deps)) read.push(image);
    return read;
  }

  it("gives before and after of every key in order, null where an item was absent", async () => {
    recovery = await world.recover({ incidentEnd: BEGIN + 650 });
    await world.put("orders", order(1, "good"));
    world.passSeconds(620);
    await world.put("orders", order(1, "bad"));
    await world.put("orders", order(2, "created"));
    world.passSeconds(80);
    await world.put("orders", order(1, "good again"));
    await restore.start(recovery, world.deps);
    await untilReady();

    expect(await images([key(3), key(2), key(1)])).toEqual([
      { key: key(3), before: null, after: null },
      { key: key(2), before: null, after: order(2, "created") },
      { key: key(1), before: order(1, "good"), after: order(1, "bad") },
    ]);
  });

  it("leaves after out where nobody knows when the incident ended", async () => {
    world.passSeconds(700);
    await restore.start(recovery, world.deps);
    await untilReady();

    expect(await images([key(1)])).toEqual([{ key: key(1), before: null }]);
  });

  it("has what was written at the first millisecond of the second, and not what came after it", async () => {
    world.passSeconds(600);
    await world.put("orders", order(1, "at .000"));
    world.nowMs += 1;
    await world.put("orders", order(2, "at .001"));
    world.passSeconds(100);
    await restore.start(recovery, world.deps);
    await untilReady();

    expect(await images([key(1), key(2)])).toEqual([
      { key: key(1), before: order(1, "at .000") },
      { key: key(2), before: null },
    ]);
  });

  it("says that the evidence is gone when it was deleted", async () => {
    await expect(images([key(1)])).rejects.toMatchObject({
      name: "RestoreFailed",
      message: expect.stringContaining(`"${BEFORE}" of recovery "r-1" is not there any more`),
    });
  });
});

it("names of restored tables fit whatever the recovery is called", () => {
  expect(restoredTableName("x".repeat(80), "before").length).toBeLessThanOrEqual(255);
});
