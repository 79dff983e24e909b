import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Item } from "../../../functions/items/item.ts";
import { collectFromEvidence, EVIDENCE_READING_MS } from "../../../functions/key-sources/collect-from-evidence.ts";
import { collectSlice, recordedSlices, SLICE_BUDGET } from "../../../functions/key-sources/collect-slice.ts";
import { type KeysRecord, PART_BYTES, PART_KEYS, writeKeyParts } from "../../../functions/key-sources/key-parts.ts";
import type { FoundKey } from "../../../functions/key-sources/key-source.ts";
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

    await listParts({ recoveryId: "r-1", table: "orders" }, world.deps);

    expect(await world.deps.recoveries.get<KeysRecord>("r-1", "keys")).toMatchObject({ keys: 4, onlyInEvidence: 3 });
  });

  it("take several tries when there are many, and every try goes on where the last one stopped", async () => {
    const recovery = await partition(10);
    const budget = { ...SLICE_BUDGET, keys: 4 };
    let tries = 0;
    world.beforeCommand = (command) => {
      if (command instanceof QueryCommand) world.nowMs += EVIDENCE_READING_MS;
    };

    for (;;) {
      tries++;
      const error = await collectFromEvidence(recovery, world.deps, budget).catch((thrown: Error) => thrown);
      if (!error) break;
      expect(error.name).toBe("TransientFailure");
    }

    expect(tries).toBe(3);
    const slices = await recordedSlices("r-1", "evidence", world.deps);
    expect(slices.map(({ kept }) => kept)).toEqual([4, 4, 2]);
  });
});
