import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { collectKeys } from "../../../functions/collect-keys.ts";
import type { WrittenBy } from "../../../functions/contracts.ts";
import { PATIENCE } from "../../../functions/key-sources/insights-query.ts";
import type { KeysRecord } from "../../../functions/key-sources/key-parts.ts";
import type { Cursor, FoundKey } from "../../../functions/key-sources/key-source.ts";
import { logs } from "../../../functions/key-sources/logs.ts";
import { listParts } from "../../../functions/list-parts.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { BEGIN, RecoveryWorld } from "../evidence/recovery-world.ts";
import { CHANGES, type ChangeLog, startChangeLog } from "./change-log.ts";

let world: RecoveryWorld;
let changeLog: ChangeLog;
beforeEach(async () => {
  world = await RecoveryWorld.start();
  changeLog = await startChangeLog(world);
  changeLog.at(BAD_SINCE);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await changeLog.close();
  await world.close();
});

/** The last good second is 02:10:00. */
const BAD_SINCE = BEGIN + 601;
const INCIDENT_END = BEGIN + 700;
const step = { recoveryId: "r-1", table: "orders" };
const key = (sk: number | string) => ({ pk: "TENANT#a", sk: { N: String(sk) } });

async function recovery(writtenBy: WrittenBy = {}, change: Partial<Recovery> = {}): Promise<Recovery> {
  // Two hours later: whatever was logged is found by then.
  world.nowMs = (BEGIN + 7200) * 1000;
  const made = await world.recover({ keySource: "logs", incidentEnd: INCIDENT_END, ...change });
  return world.recover({
    ...made,
    table: { ...made.table, changeLogGroups: [CHANGES] },
    request: { ...made.request, keysFrom: { logs: writtenBy } },
  });
}

async function stepsOf(of: Recovery, from?: Cursor): Promise<FoundKey[]> {
  const steps: FoundKey[] = [];
  for await (const found of logs.read(of, from, world.deps)) steps.push(found);
  return steps;
}

/** Sort keys in the order of the log. */
async function found(of: Recovery, from?: Cursor): Promise<string[]> {
  return (await stepsOf(of, from)).flatMap(({ key }) => key?.sk?.N ?? []);
}

describe("lines that are looked for", () => {
  it("are those of the incident, a minute of the clocks included", async () => {
    for (const [sk, second] of [
      [1, BAD_SINCE - 61],
      [2, BAD_SINCE - 60],
      [3, BAD_SINCE],
      [4, INCIDENT_END],
      [5, INCIDENT_END + 60.999],
      [6, INCIDENT_END + 62],
    ] as const) {
      changeLog.at(second);
      changeLog.write({ key: key(sk) });
    }

    expect(await found(await recovery())).toEqual(["2", "3", "4", "5"]);
  });

  it("are all up to now where the end of the incident is not known, once they can be found", async () => {
    const pause = vi.spyOn(PATIENCE, "pause").mockResolvedValue(undefined);
    const { incidentEnd: _unknown, ...rest } = await recovery();
    changeLog.at(BEGIN + 7199);
    changeLog.write({ key: key(1) });

    expect(await found(rest)).toEqual(["1"]);
    expect(pause.mock.calls[0]?.[0]).toBeGreaterThan(29_000);
  });

  it("are of this table, by whoever and whatever the request names", async () => {
    changeLog.write(
      { key: key(1), writer: "release-7" },
      { key: key(2), writer: "release-7", action: "delete" },
      { key: key(3), writer: "release-70" },
      { key: key(4) },
      { key: key(5), writer: "release-7", table: "orders2" },
    );
    changeLog.writeText(JSON.stringify({ table: "orders", key: { pk: "TENANT#a", sk: 6 }, writer: "release-7" }));

    expect(await found(await recovery())).toEqual(["1", "2", "3", "4"]);
    expect(await found(await recovery({ writers: ["release-7"] }))).toEqual(["1", "2"]);
    expect(await found(await recovery({ writers: ["release-7"], actions: ["update", "create"] }))).toEqual(["1"]);
    expect(await found(await recovery({ actions: ["delete"] }))).toEqual(["2"]);
  });

  it.each(['a" or kind = "item-change', "a\\", "it's", "42", "a|limit 1", "Ü", "a\nb"])(
    "are of the writer %j exactly, whatever it would mean in a query",
    async (writer) => {
      changeLog.write({ key: key(1), writer }, { key: key(2), writer: "another" });

      expect(await found(await recovery({ writers: [writer] }))).toEqual(["1"]);
    },
  );

  it("may be Powertools lines, or stand behind the prefix that Lambda puts before a line", async () => {
    const line = { kind: "item-change", table: "orders", key: { pk: { S: "TENANT#a" }, sk: { N: "1.50" } } };
    changeLog.writeText(JSON.stringify({ level: "INFO", message: "item changed", ...line, action: "update" }));
    changeLog.writeText(
      `2026-11-20T02:10:01.000Z\tc6af9ac6\tINFO\t${JSON.stringify({ ...line, writer: "a } { b" })}\n`,
      "/aws/lambda/orders",
    );
    const made = await recovery();
    const table = { ...made.table, changeLogGroups: [CHANGES, "/aws/lambda/orders"] };

    expect(await found({ ...made, table })).toEqual(["1.50", "1.50"]);
  });
});

describe("a log that is larger than an answer", () => {
  it("is cut into stretches until each is complete, and no key is missing", async () => {
    for (let second = 0; second < 95; second += 1) {
      changeLog.at(BAD_SINCE + second + 0.5);
      changeLog.write(...Array.from({ length: 250 }, (_, index) => ({ key: key(second * 1000 + index) })));
    }

    const keys = await found(await recovery());

    expect(new Set(keys).size).toBe(95 * 250);
    expect(changeLog.queries()).toBeGreaterThan(2);
    expect(changeLog.queries()).toBeLessThan(20);
  });

  it("may have more than a page in one second: that is read page by page", async () => {
    changeLog.write(...Array.from({ length: 10_500 }, (_, index) => ({ key: key(index) })));

    expect(new Set(await found(await recovery())).size).toBe(10_500);
  });

  it("goes on in the middle of a stretch", async () => {
    changeLog.write(...Array.from({ length: 5 }, (_, index) => ({ key: key(index) })));
    const made = await recovery();
    const third = (await stepsOf(made))[2];

    expect(await found(made, third?.resumeAt)).toEqual(["3", "4"]);
  });
});

describe("a query that comes to no end", () => {
  it.each(["Failed", "Timeout"] as const)("(%s) is asked again in smaller ones", async (failure) => {
    changeLog.write({ key: key(1) });
    changeLog.conditions.logsQueryFailure = failure;
    const made = await recovery();
    const send = world.deps.aws.logs.send.bind(world.deps.aws.logs);
    let asked = 0;
    vi.spyOn(world.deps.aws.logs, "send").mockImplementation(((command: never) => {
      if ((command as object).constructor.name === "StartQueryCommand" && ++asked === 3)
        changeLog.conditions.logsQueryFailure = undefined;
      return send(command);
    }) as never);

    expect(await found(made)).toEqual(["1"]);
    expect(asked).toBeGreaterThan(3);
  });

  it("for a single second is a failure that the step may try again", async () => {
    changeLog.conditions.logsQueryFailure = "Failed";

    await expect(found(await recovery())).rejects.toMatchObject({ name: "TransientFailure" });
  });

  it("is stopped", async () => {
    changeLog.write({ key: key(1) });
    changeLog.conditions.logsQueryMs = 3_600_000;
    const made = await recovery();
    let passed = 0;
    vi.spyOn(PATIENCE, "now").mockImplementation(() => passed);
    vi.spyOn(PATIENCE, "pause").mockImplementation(async (milliseconds) => {
      passed += milliseconds;
    });
    const sent: string[] = [];
    const send = world.deps.aws.logs.send.bind(world.deps.aws.logs);
    vi.spyOn(world.deps.aws.logs, "send").mockImplementation(((command: object) => {
      sent.push(command.constructor.name);
      if (command.constructor.name === "StopQueryCommand") changeLog.conditions.logsQueryMs = 0;
      return send(command as never);
    }) as never);

    expect(await found(made)).toEqual(["1"]);
    expect(sent.filter((name) => name === "StopQueryCommand")).toHaveLength(1);
    expect(passed).toBeGreaterThan(100_000);
  });
});

describe("a line that says it is a change", () => {
  it.each([
    ["has no key", { kind: "item-change", table: "orders" }],
    ["has half a key", { kind: "item-change", table: "orders", key: { pk: { S: "secret" } } }],
    [
      "has a key of another type",
      { kind: "item-change", table: "orders", key: { pk: { S: "secret" }, sk: { S: "x" } } },
    ],
  ])("and %s stops the collection: nothing is skipped in silence, no value is told", async (_what, line) => {
    changeLog.writeText(JSON.stringify(line));
    await recovery();

    const error = await collectKeys({ ...step, slice: 0 }, world.deps).catch((caught: unknown) => caught);

    expect(error).toMatchObject({ name: "InvalidKeys" });
    expect(String(error)).toMatch(/Change log line of 2026-11-20 02:10:01/);
    expect(String(error)).not.toMatch(/secret/);
  });
});

it("a log group that was deleted meanwhile is named", async () => {
  const made = await recovery();

  await expect(found({ ...made, table: { ...made.table, changeLogGroups: ["/gone"] } })).rejects.toThrow(
    /changeLogGroups \(\/gone\) is not there any more/,
  );
});

it("says what a change log can't show", async () => {
  changeLog.write({ key: key(1) });
  await recovery();
  await collectKeys({ ...step, slice: 0 }, world.deps);
  await listParts(step, world.deps);

  expect((await world.deps.recoveries.get<KeysRecord>("r-1", "keys"))?.blindSpot).toMatch(/\/orders\/changes.*by hand/);
});
