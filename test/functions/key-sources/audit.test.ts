import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { WrittenBy } from "../../../functions/contracts.ts";
import { audit } from "../../../functions/key-sources/audit.ts";
import { PATIENCE } from "../../../functions/key-sources/insights-query.ts";
import type { Cursor } from "../../../functions/key-sources/key-source.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { auditItem, type StreamRecord } from "../../../kit/audit-log/audit-record.ts";
import { BEGIN, RecoveryWorld } from "../evidence/recovery-world.ts";

/** The last good second is 02:10:00. */
const BAD_SINCE = BEGIN + 601;
const INCIDENT_END = BEGIN + 700;
const TTL = { type: "Service", principalId: "dynamodb.amazonaws.com" };

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.start();
  await world.createTable("orders-audit", [
    ["hour", "S"],
    ["change", "S"],
  ]);
  world.nowMs = (BEGIN + 7200) * 1000;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await world.close();
});

let events = 0;

/** What the audit log writes down of a change. */
function changed(sk: number, seconds: number, writer?: string, more: Partial<StreamRecord> = {}): Promise<void> {
  const Keys = { pk: { S: "TENANT#a" }, sk: { N: String(sk) } };
  const record: StreamRecord = {
    eventID: String(++events),
    eventName: "MODIFY",
    dynamodb: {
      ApproximateCreationDateTime: seconds,
      Keys,
      ...(writer && more.eventName !== "REMOVE" ? { NewImage: { ...Keys, by: { S: writer } } } : {}),
    },
    ...more,
  };
  return world.put("orders-audit", auditItem(record, { images: false, keepDays: 35, writerAttribute: "by" }));
}

async function recovery(writtenBy: WrittenBy = {}, change: Partial<Recovery> = {}): Promise<Recovery> {
  const made = await world.recover({ keySource: "audit", incidentEnd: INCIDENT_END });
  return world.recover({
    ...made,
    table: { ...made.table, auditTable: "orders-audit" },
    request: { ...made.request, keysFrom: { audit: writtenBy } },
    ...change,
  });
}

async function found(of: Recovery, from?: Cursor): Promise<number[]> {
  const keys: number[] = [];
  for await (const { key } of audit.read(of, from, world.deps)) if (key) keys.push(Number(key.sk?.N));
  return keys.sort((one, other) => one - other);
}

describe("audit records that are looked for", () => {
  it("are those of the incident, a minute of the clocks included", async () => {
    const seconds = [BAD_SINCE - 61, BAD_SINCE - 60, BAD_SINCE, INCIDENT_END, INCIDENT_END + 61, INCIDENT_END + 62];
    for (const [sk, second] of seconds.entries()) await changed(sk, second);

    expect(await found(await recovery())).toEqual([1, 2, 3, 4]);
  });

  it("are in every hour of a long incident, and in every shard of an hour", async () => {
    for (let sk = 0; sk < 100; sk += 1) await changed(sk, BAD_SINCE + sk * 100);
    world.passSeconds(7200);

    expect(await found(await recovery({}, { incidentEnd: BAD_SINCE + 9900 }))).toHaveLength(100);
  });

  it("are all up to now where the end of the incident is not known, once they are written down", async () => {
    vi.spyOn(PATIENCE, "pause").mockImplementation(async (milliseconds) => world.passSeconds(milliseconds / 1000));
    await changed(1, BEGIN + 7200);
    const { incidentEnd: _unknown, ...open } = await recovery();

    expect(await found(open)).toEqual([1]);
    expect(PATIENCE.pause).toHaveBeenCalledWith(30_000);
  });

  it("are of the actions that the request names; what DynamoDB expired is among the deletes", async () => {
    await changed(1, BAD_SINCE, "x", { eventName: "INSERT" });
    await changed(2, BAD_SINCE, "x");
    await changed(3, BAD_SINCE, "x", { eventName: "REMOVE" });
    await changed(4, BAD_SINCE, "x", { eventName: "REMOVE", userIdentity: TTL });

    expect(await found(await recovery({ actions: ["create", "update"] }))).toEqual([1, 2]);
    expect(await found(await recovery({ actions: ["delete"] }))).toEqual([3, 4]);
  });

  it("are of the writers that the request names, and deletes by whomever: nobody knows who deleted an item", async () => {
    await changed(1, BAD_SINCE, "release-1");
    await changed(2, BAD_SINCE, "release-2");
    await changed(3, BAD_SINCE);
    await changed(4, BAD_SINCE, "release-1", { eventName: "REMOVE" });
    await changed(5, BAD_SINCE, "release-2", { eventName: "REMOVE", userIdentity: TTL });

    expect(await found(await recovery({ writers: ["release-2", '" OR 1'] }))).toEqual([2, 4]);
    expect(await found(await recovery({ writers: ["release-2"], actions: ["update"] }))).toEqual([2]);
  });
});

it("records of another table stop the recovery", async () => {
  await world.put(
    "orders-audit",
    auditItem(
      {
        eventID: "x",
        eventName: "MODIFY",
        dynamodb: { ApproximateCreationDateTime: BAD_SINCE, Keys: { id: { S: "a" } } },
      },
      { images: false, keepDays: 35 },
    ),
  );

  await expect(found(await recovery())).rejects.toMatchObject({ name: "InvalidKeys" });
});

it("says what an audit table can't show, and of deletes where the request names writers", async () => {
  expect(audit.blindSpot?.(await recovery())).toBe(
    "the audit table (orders-audit) shows only changes of the time since its stream is written down",
  );
  expect(audit.blindSpot?.(await recovery({ writers: ["x"] }))).toContain("deletes by others are among these keys");
});
