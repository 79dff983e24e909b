/** A part of keys: the unit of maps, of journalling and of resuming. `keys/<part>.json`, pinned in the recoveries table. */
import type { EvidenceImages } from "../evidence/evidence.ts";
import type { Item } from "../items/item.ts";
import { decodeImage, decodeItem, encodeImage, type JsonItem } from "../items/item-json.ts";
import { type Pin, pinOf } from "../runtime/artifacts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { MissingResult } from "../runtime/errors.ts";

/** Images as they stand in a part. */
export interface JsonImages extends Omit<EvidenceImages, "key" | "before" | "after"> {
  readonly before: JsonItem | null;
  readonly after?: JsonItem | null;
}

/** Content of `keys/<part>.json`; `images` stands beside `keys`, in their order, where the evidence itself named them. */
export interface KeyPart {
  readonly keys: readonly JsonItem[];
  readonly images?: readonly JsonImages[];
}

/** What PlanPart reads of a part. */
export interface PlannedKeys {
  readonly keys: readonly Item[];
  /** In the order of the keys; missing: they are looked up in the evidence. */
  readonly images?: readonly EvidenceImages[];
}

/** Record `key-part#<part>`: the very object; `of`: the recovery below whose prefix it is, where that is another one. */
export interface KeyPartRecord extends Pin {
  readonly of?: string;
}

export const KEY_PARTS = "key-part#";
const keyPartRecord = (part: string) => `${KEY_PARTS}${part}`;

/** Name of a part, in order: `00001`, `00002` … */
export function partName(index: number): string {
  return String(index + 1).padStart(5, "0");
}

/** Writes a part and remembers its hash: the images in it decide what is written to the table. */
export async function keepKeyPart(recoveryId: string, name: string, part: KeyPart, deps: Dependencies): Promise<void> {
  const stored = await deps.artifacts.putJson(recoveryId, `keys/${name}.json`, part);
  await deps.recoveries.put(recoveryId, keyPartRecord(name), pinOf(stored) satisfies KeyPartRecord);
}

/** The part as it was written; anything else is refused. */
export async function readKeyPart(recoveryId: string, name: string, deps: Dependencies): Promise<PlannedKeys> {
  const record = await deps.recoveries.get<KeyPartRecord>(recoveryId, keyPartRecord(name));
  if (!record)
    throw new MissingResult(
      `Part ${name} of recovery "${recoveryId}" is not recorded: ListParts did not write it. Start a new recovery.`,
    );
  const part = await deps.artifacts.getPinned<KeyPart>(record.of ?? recoveryId, `keys/${name}.json`, record);
  const keys = part.keys.map(decodeItem);
  return part.images
    ? { keys, images: part.images.map((images, index) => decodeImages(keys[index] ?? {}, images)) }
    : { keys };
}

export function encodeImages({ key: _beside, before, after, ...more }: EvidenceImages): JsonImages {
  return { ...more, before: encodeImage(before), ...(after === undefined ? {} : { after: encodeImage(after) }) };
}

function decodeImages(key: Item, { before, after, ...more }: JsonImages): EvidenceImages {
  return { ...more, key, before: decodeImage(before), ...(after === undefined ? {} : { after: decodeImage(after) }) };
}
