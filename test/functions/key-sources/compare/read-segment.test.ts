import { BatchGetItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compareSegment } from "../../../../functions/compare-segment.ts";
import type { Item } from "../../../../functions/items/item.ts";
import { decodeItem, type JsonItem } from "../../../../functions/items/item-json.ts";
import { canonicalKey, type KeyAttribute } from "../../../../functions/items/key.ts";
import { collectSlice, comparedSegment, SLICE_BUDGET } from "../../../../functions/key-sources/collect-slice.ts";
import { readSegment } from "../../../../functions/key-sources/compare/read-segment.ts";
import type { KeysRecord } from "../../../../functions/key-sources/key-parts.ts";
import { listParts } from "../../../../functions/list-parts.ts";
import { listSegments } from "../../../../functions/list-segments.ts";
import type { Recovery } from "../../../../functions/runtime/recovery.ts";
import { BEGIN, RecoveryWorld } from "../../evidence/recovery-world.ts";

const [BEFORE, AFTER] = ["backstitch-r-1-before", "backstitch-r-1-after"];
const step = { recoveryId: "r-1", table: "orders" };

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.start();
});
afterEach(() => world.close());

/** Live and both restored tables, with a key of these types. */
async function tables(...types: readonly KeyAttribute["type"][]): Promise<void> {
  const keys = types.map((type, index) => [["pk", "sk"][index] ?? "", type] as const);
  for (const name of ["orders", BEFORE, AFTER]) await world.createTable(name, keys);
}

const known: Partial<Recovery> = { keySource: "compare", incidentEnd: BEGIN + 900 };

/** As the map does: all segments, slice by slice. */
async function compareAll(recovery: Recovery, segments = 1, keysASlice = SLICE_BUDGET.keys): Promise<number> {
  await world.deps.recoveries.put("r-1", "compare-segments", { segments });
  let slices = 0;
  for (let segment = 0; segment < segments; segment += 1)
    for (let slice = 0; ; slice += 1) {
      const read = (from: Parameters<typeof readSegment>[2]) =>
        readSegment(recovery, { segment, segments }, from, world.deps);
      const budget = { ...SLICE_BUDGET, keys: keysASlice };
      const { status } = await collectSlice(recovery, comparedSegment(segment), slice, read, world.deps, budget);
      slices += 1;
      if (status === "ready") break;
    }
  return slices;
}

/** Canonical keys in all parts, sorted. */
async function listed(recovery: Recovery): Promise<string[]> {
  const { parts } = await listParts(step, world.deps);
  const ids: string[] = [];
  for (let part = 1; part <= parts; part += 1) {
    const name = `keys/${String(part).padStart(5, "0")}.json`;
    const { keys } = await world.deps.artifacts.getJson<{ keys: JsonItem[] }>("r-1", name);
    ids.push(...keys.map((key) => canonicalKey(decodeItem(key), recovery.keySchema)));
  }
  return ids.sort();
}

const text = (index: number) => `p-${String(index).padStart(5, "0")}`;
const ids = (indexes: readonly number[]) => indexes.map((index) => JSON.stringify([text(index)]));
const hashOnly = { keySchema: { attributes: [{ name: "pk", type: "S", role: "HASH" }] } } as const;

describe("two tables", () => {
  beforeEach(() => tables("S"));

  const item = (index: number, more: Item = {}): Item => ({ pk: { S: text(index) }, total: { N: "1.0" }, ...more });
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

  /** Of 60 items, 0 to 9 are changed, 10 to 14 deleted, 60 to 66 created. */
  async function seed(other = AFTER): Promise<number[]> {
    await world.seed(
      BEFORE,
      range(0, 60).map((index) => item(index)),
    );
    await world.seed(other, [
      ...range(0, 10).map((index) => item(index, { total: { S: "NaN" } })),
      ...range(15, 60).map((index) => item(index, { total: { N: "1" } })),
      ...range(60, 67).map((index) => item(index)),
    ]);
    return [...range(0, 15), ...range(60, 67)];
  }

  it.each([
    [1, 1],
    [1, 7],
    [1, 10_000],
    [5, 3],
    [40, 10_000],
  ])("are told apart in %i segments with slices of %i steps", async (segments, keysASlice) => {
    const different = await seed();
    const recovery = await world.recover({ ...known, ...hashOnly });

    const slices = await compareAll(recovery, segments, keysASlice);

    expect(slices > segments).toBe(keysASlice < 10_000);
    expect(await listed(recovery)).toEqual(ids(different));
    expect(await world.deps.recoveries.get<KeysRecord>("r-1", "keys")).toMatchObject({
      source: "compare",
      duplicates: 0,
      keys: different.length,
    });
  });

  it("are told apart by the steps themselves", async () => {
    const different = await seed();
    const recovery = await world.recover({ ...known, ...hashOnly });

    const { segments, manifest } = await listSegments(step, world.deps);
    const output = await compareSegment({ ...step, segment: 0, slice: 0 }, world.deps);

    expect(segments).toBe(1);
    expect(manifest).toEqual({ bucket: "bucket", key: "recoveries/r-1/segments.json" });
    expect(await world.deps.artifacts.getJson("r-1", "segments.json")).toEqual([{ segment: 0 }]);
    expect(output).toEqual({ status: "ready", slice: 0, keys: different.length });
    expect(await listed(recovery)).toEqual(ids(different));
  });

  it("are the restored one and the live one where nobody knows when the incident ended", async () => {
    const different = await seed("orders");
    const recovery = await world.recover({ keySource: "compare", ...hashOnly });

    await compareAll(recovery);

    expect(await listed(recovery)).toEqual(ids(different));
  });

  it("are those of the recovery whose evidence is borrowed", async () => {
    const different = await seed();
    const recovery = await world.recover({ ...known, ...hashOnly, recoveryId: "r-2", evidenceFrom: "r-1" });

    const found: string[] = [];
    for await (const { key } of readSegment(recovery, { segment: 0, segments: 1 }, undefined, world.deps))
      if (key) found.push(canonicalKey(key, recovery.keySchema));

    expect(found.sort()).toEqual(ids(different));
  });

  it("are alike where only the version differs, if the table declares one", async () => {
    await world.put(BEFORE, item(1, { version: { N: "1" } }));
    await world.put(AFTER, item(1, { version: { N: "2" } }));
    const recovery = await world.recover({ ...known, ...hashOnly });
    const read = async (table: Recovery["table"]) => {
      const found = [];
      const steps = readSegment({ ...recovery, table }, { segment: 0, segments: 1 }, undefined, world.deps);
      for await (const { key } of steps) if (key) found.push(key);
      return found.length;
    };

    expect(await read(recovery.table)).toBe(1);
    expect(await read({ ...recovery.table, versionAttribute: "version" })).toBe(0);
  });

  it("are never too different: nothing in common, and all of it is listed", async () => {
    await world.seed(
      BEFORE,
      range(0, 4000).map((index) => item(index)),
    );
    await world.seed(
      AFTER,
      range(4000, 8000).map((index) => item(index)),
    );
    const recovery = await world.recover({ ...known, ...hashOnly });

    await compareAll(recovery, 3, 3000);

    expect(await listed(recovery)).toEqual(ids(range(0, 8000)));
  });

  it("are looked into again by no zombie: the slice that was recorded first is the answer", async () => {
    await seed();
    const recovery = await world.recover({ ...known, ...hashOnly });
    await compareAll(recovery, 1, 10);
    const before = await listed(recovery);
    await world.seed(
      AFTER,
      range(15, 60).map((index) => item(index, { total: { S: "later" } })),
    );
    let asked = 0;
    world.beforeCommand = () => {
      asked += 1;
    };

    const output = await compareSegment({ ...step, segment: 0, slice: 1 }, world.deps);

    expect(output.status).toBe("running");
    expect(asked).toBe(0);
    expect(await listed(recovery)).toEqual(before);
  });

  it("are read a hundred items at most between two looks at the clock, and a slice ends when its time is over", async () => {
    await world.seed(
      BEFORE,
      range(0, 900).map((index) => item(index)),
    );
    await world.seed(
      AFTER,
      range(0, 900).map((index) => item(index)),
    );
    const recovery = await world.recover({ ...known, ...hashOnly });
    await world.deps.recoveries.put("r-1", "compare-segments", { segments: 1 });
    let lookedUp = 0;
    world.afterCommand = (command) => {
      if (command instanceof BatchGetItemCommand) lookedUp += 1;
      if (command instanceof ScanCommand) world.passSeconds(SLICE_BUDGET.milliseconds / 1000);
    };

    const output = await compareSegment({ ...step, segment: 0, slice: 0 }, world.deps);

    expect(output).toEqual({ status: "running", slice: 1, keys: 0 });
    expect(lookedUp).toBe(4);
    expect(recovery.keySource).toBe("compare");
  });

  it("need all their segments: one that was never begun is missed by its number", async () => {
    await seed();
    const recovery = await world.recover({ ...known, ...hashOnly });
    await compareAll(recovery, 1);
    await world.deps.recoveries.put("r-1", "compare-segments", { segments: 2 });

    await expect(listParts(step, world.deps)).rejects.toThrow(/keys of segment 1 of the compared tables.*0 slices/);
  });

  it("must have been divided before they are compared", async () => {
    await world.recover({ ...known, ...hashOnly });

    await expect(compareSegment({ ...step, segment: 0, slice: 0 }, world.deps)).rejects.toMatchObject({
      name: "InvalidInput",
    });
    await expect(listParts(step, world.deps)).rejects.toMatchObject({ name: "MissingResult" });
  });
});

describe("keys of every type", () => {
  it("are numbers and bytes, found with all their digits", async () => {
    await tables("N", "B");
    const attributes = [
      { name: "pk", type: "N", role: "HASH" },
      { name: "sk", type: "B", role: "RANGE" },
    ] as const;
    const recovery = await world.recover({ ...known, keySchema: { attributes } });
    const numbers = ["0", "-1.5", "12345678901234567890123456789012345678", "1E-130"];
    const keys = numbers.flatMap((N, index) =>
      [Uint8Array.of(0), Uint8Array.of(255, index)].map((B): Item => ({ pk: { N }, sk: { B } })),
    );
    for (const [index, key] of keys.entries()) {
      if (index % 3 !== 0) await world.put(BEFORE, { ...key, state: { S: "good" } });
      if (index % 3 !== 1) await world.put(AFTER, { ...key, state: { S: "bad" } });
    }

    await compareAll(recovery, 2, 2);

    expect(await listed(recovery)).toEqual(keys.map((key) => canonicalKey(key, recovery.keySchema)).sort());
  });
});

it("a table that is gone is named", async () => {
  await world.createTable("orders", [["pk", "S"]]);
  await world.recover({ ...known, ...hashOnly });

  await expect(listSegments(step, world.deps)).rejects.toMatchObject({
    name: "RestoreFailed",
    message: expect.stringContaining(BEFORE),
  });
  await world.deps.recoveries.put("r-1", "compare-segments", { segments: 1 });
  await expect(compareSegment({ ...step, segment: 0, slice: 0 }, world.deps)).rejects.toMatchObject({
    name: "RestoreFailed",
  });
});
