import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { Item } from "../../../../functions/items/item.ts";
import { canonicalKey, type KeyAttribute, keyOf } from "../../../../functions/items/key.ts";
import { ExportingWorld } from "./exporting-world.ts";
import { effective, type Write } from "./oracle.ts";

const MINUTE = 60;
const HOUR = 3600;
/** First bad second, after the world's beginning. */
const SINCE = 2 * HOUR;
const ITEMS = 60;

const SCHEMAS: readonly (readonly KeyAttribute[])[] = [
  [
    { name: "pk", type: "S", role: "HASH" },
    { name: "sk", type: "N", role: "RANGE" },
  ],
  [{ name: "id", type: "B", role: "HASH" }],
  [{ name: "number", type: "N", role: "HASH" }],
];

let world: ExportingWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** The key of item `index`, whatever the schema. */
function keyIn(schema: readonly KeyAttribute[], index: number): Item {
  const values = { S: { S: `TENANT#${index % 7}` }, N: { N: `${index}.5` }, B: { B: Uint8Array.of(0, 255, index) } };
  return Object.fromEntries(schema.map(({ name, type }) => [name, values[type]]));
}

/** Every type of value, so that each crosses the export's JSON. */
function itemOf(key: Item, value: string): Item {
  const bytes = Uint8Array.from(Buffer.from(value));
  return {
    ...key,
    value: { S: value },
    exact: { N: "0.1234567890123456789012345678901234567" },
    all: { M: { list: { L: [{ NULL: true }, { BOOL: false }] }, bytes: { B: bytes }, none: { S: "" } } },
    sets: { BS: [bytes, Uint8Array.of(0)] },
  };
}

function histories(seconds: number): fc.Arbitrary<Write[][]> {
  const marks = [SINCE, SINCE + seconds, SINCE + 15 * MINUTE, SINCE + seconds - 15 * MINUTE];
  const near = fc.tuple(fc.constantFrom(...marks), fc.integer({ min: -3, max: 3 }));
  const at = fc.oneof(
    near.map(([mark, by]) => mark * 1000 + by),
    fc.integer({ min: (SINCE - 30 * MINUTE) * 1000, max: (SINCE + seconds + 30 * MINUTE) * 1000 }),
  );
  const write = fc.record({ at, value: fc.option(fc.constantFrom("a", "b", "c"), { freq: 2 }) });
  const history = fc.uniqueArray(write, { maxLength: 6, selector: (one) => one.at }).map(effective);
  return fc.array(history, { minLength: ITEMS, maxLength: ITEMS });
}

/** Plays all histories in the order of time; what has one moment is written at once. */
async function play(played: ExportingWorld, keys: readonly Item[], writes: readonly Write[][]): Promise<void> {
  const moments = Map.groupBy(
    writes.flatMap((history, index) => history.map((write) => ({ ...write, key: keys[index] ?? {} }))),
    ({ at }) => at,
  );
  for (const [at, together] of [...moments].sort(([one], [other]) => one - other)) {
    played.at(at / 1000);
    for (let begin = 0; begin < together.length; begin += 25) {
      const batch = together.slice(begin, begin + 25);
      const puts = batch.flatMap(({ key, value }) => (value === null ? [] : [itemOf(key, value)]));
      const deletes = batch.flatMap(({ key, value }) => (value === null ? [key] : []));
      await played.write(puts, deletes);
    }
  }
}

function stateOf(history: readonly Write[], key: Item, before: number): Item | null {
  const last = history.filter(({ at }) => at < before * 1000).at(-1);
  return last === undefined || last.value === null ? null : itemOf(key, last.value);
}

describe("a table whose items have any history, exported as DynamoDB does it", () => {
  it.each([
    ["a second", 1, SCHEMAS[0]],
    ["12 minutes", 12 * MINUTE, SCHEMAS[1]],
    ["15 minutes", 15 * MINUTE, SCHEMAS[2]],
    ["two days and a second", 48 * HOUR + 1, SCHEMAS[0]],
  ] as const)(
    "has the images of an incident of %s, or says that it can't tell",
    async (_what, seconds, schema = []) => {
      world = await ExportingWorld.start(schema, { exportTimestamps: "mixed" });
      const [writes = []] = fc.sample(histories(seconds), { numRuns: 1 });
      const keys = Array.from({ length: ITEMS }, (_, index) => keyIn(schema, index));
      await play(world, keys, writes);
      world.at(SINCE + seconds + HOUR);
      const recovery = world.recovery(SINCE, SINCE + seconds - 1);
      await world.exported(recovery);

      const images = await world.images(recovery);

      for (const [index, key] of keys.entries()) {
        const history = writes[index] ?? [];
        const [before, after] = [stateOf(history, key, SINCE), stateOf(history, key, SINCE + seconds)];
        const found = images.get(canonicalKey(keyOf(key, { attributes: schema }), { attributes: schema }));
        const story = JSON.stringify(history.map(({ at, value }) => [at / 1000 - SINCE, value]));
        if (found) {
          expect(found.before, story).toEqual(before);
          if (found.writtenAfterIncident) expect(found, story).not.toHaveProperty("after");
          else expect(found.after, story).toEqual(after);
        } else if (before !== null || stateOf(history, key, SINCE + 15 * MINUTE) !== null) {
          expect(after, story).toEqual(before);
        }
      }
      expect(images.size).toBeGreaterThan(0);
    },
  );
});
