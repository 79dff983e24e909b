import { mapsEqual } from "./attribute-equality.ts";
import { type AttributeValue, bytesOf, type Item } from "./attribute-value.ts";
import { type PlacedWrite, placeWrite } from "./item-write.ts";
import { SERVICE_PRINCIPAL } from "./journal.ts";
import type { Parts } from "./parts.ts";

const SEED_AT_ONCE = 1000;

/** Puts many items at once, past IAM and conditions, as the service itself. */
export async function seedItems(parts: Parts, tableName: string, items: readonly Item[]): Promise<void> {
  let batch = new Map<string, PlacedWrite>();
  for (const item of items) {
    const placed = placeWrite(parts, {
      action: "PutItem",
      tableName,
      keyOrItem: wireItem(item),
      condition: undefined,
      conditionPaths: undefined,
      update: undefined,
      showOldOnFailure: false,
    });
    // Two writes of one key are two writes: the second one finds what the first one left.
    if (batch.size === SEED_AT_ONCE || batch.has(placed.keyText)) {
      await putAll(parts, [...batch.values()]);
      batch = new Map();
    }
    batch.set(placed.keyText, placed);
  }
  if (batch.size > 0) await putAll(parts, [...batch.values()]);
}

async function putAll(parts: Parts, writes: readonly PlacedWrite[]): Promise<void> {
  const [{ table } = {}] = writes;
  if (table === undefined) return;
  const locks = writes.map((write) => write.lockName);
  await parts.locks.holding(locks, async () => {
    const changes = writes
      .map(({ keyText, keyOrItem: item }) => ({ keyText, item, before: parts.engine.read(table.engine, keyText) }))
      .filter(({ before, item }) => before === undefined || !mapsEqual(before, item));
    await parts.engine.load(table.engine, changes);
    const atMs = parts.journal.tick(parts.now());
    parts.journal.recordAll(
      table.id,
      changes.map(({ keyText, before, item }) => ({
        keyText,
        atMs,
        key: table.keyOf(item),
        image: item,
        bytes: table.changed(before, item),
        principalArn: SERVICE_PRINCIPAL,
      })),
    );
  });
}

/** An item with binary as the wire has it: base64 text. */
function wireItem(item: Item): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, wireValue(value)]));
}

function wireValue(value: AttributeValue): AttributeValue {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(wireValue) };
  if (value.M !== undefined) return { M: wireItem(value.M) };
  return value;
}

function base64(binary: string | Uint8Array): string {
  return typeof binary === "string" ? binary : Buffer.from(bytesOf(binary)).toString("base64");
}
