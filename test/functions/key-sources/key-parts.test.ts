import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectEvidence } from "../../../functions/collect-evidence.ts";
import type { Item } from "../../../functions/items/item.ts";
import { collectSlice, SLICE_BUDGET } from "../../../functions/key-sources/collect-slice.ts";
import { type KeysRecord, writeKeyParts } from "../../../functions/key-sources/key-parts.ts";
import { blockBytesOf, type RunEntry, readRun, runLine, writeRun } from "../../../functions/key-sources/key-runs.ts";
import type { FoundKey } from "../../../functions/key-sources/key-source.ts";
import { PART_BYTES, PART_KEYS } from "../../../functions/key-sources/part-builder.ts";
import { listParts } from "../../../functions/list-parts.ts";
import { RecoveryWorld } from "../evidence/recovery-world.ts";

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.start();
});
afterEach(() => world.close());

const key = (pk: string, sk: number): Item => ({ pk: { S: pk }, sk: { N: String(sk) } });

async function* found(keys: Iterable<Item>, from = 0): AsyncGenerator<FoundKey> {
  let index = 0;
  for (const each of keys) if (index++ >= from) yield { key: each, resumeAt: { index } };
}

async function collect(keys: Iterable<Item>) {
  const recovery = await world.recover();
  await collectSlice(recovery, "source", 0, () => found(keys), world.deps, { ...SLICE_BUDGET, keys: 1_000_000 });
  return recovery;
}

function parts(): { keys: unknown[]; bytes: number }[] {
  return world.s3.keys("recoveries/r-1/keys/").map((name) => {
    const text = world.s3.text(name);
    return { keys: (JSON.parse(text) as { keys: unknown[] }).keys, bytes: Buffer.byteLength(text) };
  });
}

describe("parts", () => {
  it("hold at most 500 keys", async () => {
    const recovery = await collect(Array.from({ length: 2 * PART_KEYS + 1 }, (_, index) => key("a", index)));

    expect(await writeKeyParts(recovery, world.deps)).toMatchObject({ keys: 2 * PART_KEYS + 1, parts: 3 });
    expect(parts().map(({ keys }) => keys.length)).toEqual([PART_KEYS, PART_KEYS, 1]);
    expect(world.s3.keys("recoveries/r-1/keys/").map((name) => name.split("/").at(-1))).toEqual([
      "00001.json",
      "00002.json",
      "00003.json",
    ]);
  });

  it("hold at most 4 MiB, whatever the keys weigh", async () => {
    // The longest partition key, in characters that take six bytes of JSON each.
    const heavy = "\u0001".repeat(2_048);
    const recovery = await collect(Array.from({ length: 400 }, (_, index) => key(heavy, index)));

    const record = await writeKeyParts(recovery, world.deps);

    expect(record.keys).toBe(400);
    expect(record.parts).toBeGreaterThan(1);
    expect(parts().reduce((sum, part) => sum + part.keys.length, 0)).toBe(400);
    for (const { bytes } of parts()) expect(bytes).toBeLessThanOrEqual(PART_BYTES + 100);
  });

  it("scatter neighbouring keys, so that no part hammers one partition", async () => {
    const recovery = await collect(
      Array.from({ length: 2 * PART_KEYS }, (_, index) => key(index < PART_KEYS ? "a" : "b", index)),
    );
    await writeKeyParts(recovery, world.deps);

    for (const { keys } of parts()) {
      const ofA = keys.filter((each) => (each as { pk: { S: string } }).pk.S === "a").length;
      expect(ofA).toBeGreaterThan(PART_KEYS * 0.3);
      expect(ofA).toBeLessThan(PART_KEYS * 0.7);
    }
  });

  it("can't be listed when a run is gone", async () => {
    const recovery = await collect([key("a", 1)]);
    for (const name of world.s3.keys("recoveries/r-1/collected/")) world.s3.delete(name);

    await expect(writeKeyParts(recovery, world.deps)).rejects.toMatchObject({ name: "MissingResult" });
  });
});

describe("a slice", () => {
  it("ends when its time is over, and the next one goes on", async () => {
    const recovery = await world.recover();
    const keys = Array.from({ length: 1_000 }, (_, index) => key("a", index));
    const slow = async function* (from: number) {
      for await (const step of found(keys, from)) {
        world.nowMs += 100;
        yield step;
      }
    };
    const read = (cursor: { index?: unknown } | undefined) => slow(Number(cursor?.index ?? 0));

    const first = await collectSlice(recovery, "source", 0, read, world.deps);
    const second = await collectSlice(recovery, "source", 1, read, world.deps);

    expect(first).toMatchObject({ status: "running", kept: 768 });
    expect(second).toMatchObject({ status: "ready", kept: 232, keptSoFar: 1_000 });
  });

  it("ends when its keys take too much memory", async () => {
    const recovery = await world.recover();
    const budget = { ...SLICE_BUDGET, bytes: 1_000 };

    const slice = await collectSlice(
      recovery,
      "source",
      0,
      () => found([key("x".repeat(990), 1), key("b", 2)]),
      world.deps,
      budget,
    );

    expect(slice).toMatchObject({ status: "running", kept: 1 });
  });

  it("read by two attempts at once is recorded once, with the run that belongs to it", async () => {
    const recovery = await world.recover();
    const keys = Array.from({ length: 10 }, (_, index) => key("a", index));
    const attempt = (limit: number) =>
      collectSlice(recovery, "source", 0, () => found(keys), world.deps, { ...SLICE_BUDGET, keys: limit });

    const [one, other] = await Promise.all([attempt(3), attempt(7)]);

    expect(one).toEqual(other);
    expect(
      world.s3
        .text(one?.run?.objectKey ?? "")
        .trim()
        .split("\n"),
    ).toHaveLength(one?.kept ?? 0);
    expect(one?.resumeAt).toEqual({ index: one?.kept });
  });
});

describe("keys that only the evidence knows", () => {
  const KEYS = [
    ["pk", "S"],
    ["sk", "N"],
  ] as const;

  async function partition(deleted: number) {
    await world.createTable("orders", KEYS);
    await world.createTable("backstitch-r-1-before", KEYS);
    await world.put("orders", key("a", 1_000));
    for (let sk = 0; sk < deleted; sk++) await world.put("backstitch-r-1-before", key("a", sk));
    const recovery = await world.recover({ keySource: "partition" });
    const request = { ...recovery.request, keysFrom: { partition: { key: "a" } } };
    const begun = await world.recover({ keySource: "partition", request });
    await collectSlice(begun, "source", 0, () => found([key("a", 1_000)]), world.deps);
    return begun;
  }

  it("are listed beside those of the live table, and counted apart", async () => {
    await partition(3);
    await collectEvidence({ recoveryId: "r-1", table: "orders", slice: 0 }, world.deps);

    await listParts({ recoveryId: "r-1", table: "orders" }, world.deps);

    expect(await world.deps.recoveries.get<KeysRecord>("r-1", "keys")).toMatchObject({ keys: 4, onlyInEvidence: 3 });
  });

  it("are waited for: without them fewer items would be repaired in silence", async () => {
    await partition(3);

    await expect(listParts({ recoveryId: "r-1", table: "orders" }, world.deps)).rejects.toThrow(
      /evidence of recovery "r-1" are not collected/,
    );
  });
});

describe("runs", () => {
  it("of any number and with long lines are read in blocks that fit into memory together", async () => {
    const { keySchema } = await world.recover();
    const line = { image: "é".repeat(300_000) };
    const lines = Array.from({ length: 3 }, (_, index) => runLine(key("a", index), keySchema, line));
    const run = await writeRun("r-1", "collected/test", lines, world.deps);
    const from = [...lines].sort().findIndex((each) => each.startsWith(lines[1]?.slice(0, 32) ?? ""));

    const read = async (options: Parameters<typeof readRun>[2]) => {
      const entries: RunEntry[] = [];
      for await (const block of readRun(run, world.deps, options)) entries.push(...block);
      return entries;
    };
    const all = await read({ blockBytes: 4_096 });

    expect(blockBytesOf(1)).toBeGreaterThan(blockBytesOf(10_000));
    expect(blockBytesOf(10_000) * 10_000).toBeLessThan(128 * 1024 * 1024);
    expect(all.map((entry) => entry.line)).toEqual(Array(3).fill(JSON.stringify(line)));
    expect(await read({ from: all[from]?.offset ?? 0 })).toEqual(all.slice(from));
  });

  it("that somebody wrote anew are read as they were collected", async () => {
    const recovery = await collect([key("a", 1)]);
    const [name = ""] = world.s3.keys("recoveries/r-1/collected/");
    world.s3.put(name, world.s3.text(name).replace('"a"', '"b"'));

    await writeKeyParts(recovery, world.deps);

    expect(parts()[0]?.keys).toEqual([{ pk: { S: "a" }, sk: { N: "1" } }]);
  });
});

describe("parts that take longer than a function may run", () => {
  it("are written in several tries, each of which goes on where the last one stopped", async () => {
    const keys = Array.from({ length: 6_000 }, (_, index) => key("a", index));
    const recovery = await collect([...keys, ...keys.slice(0, 100)]);
    const once = await writeKeyParts(recovery, world.deps);
    const expected = parts();
    for (const name of world.s3.keys("recoveries/r-1/keys/")) world.s3.delete(name);
    // Every look at the clock is a second later.
    const ticking = {
      ...world.deps,
      now: () => {
        world.passSeconds(1);
        return new Date(world.nowMs);
      },
    };

    let tries = 0;
    let record: KeysRecord | undefined;
    while (!record) {
      tries += 1;
      record = await writeKeyParts(recovery, ticking, 2_000).catch((error: Error) => {
        expect(error.name).toBe("TransientFailure");
        return undefined;
      });
    }

    expect(tries).toBeGreaterThan(2);
    expect(record).toEqual(once);
    expect(record).toMatchObject({ keys: 6_000, duplicates: 100, collected: 6_100 });
    expect(parts()).toEqual(expected);
  });
});
