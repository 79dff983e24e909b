import type { Item } from "../items/item.ts";
import { InvalidKeyError, type KeySchema, typedKey } from "../items/key.ts";
import { InvalidKeys } from "../runtime/errors.ts";

/** The key typed by the schema; what does not fit becomes InvalidKeys that says where it stands. */
export function typedOrInvalid(plain: Readonly<Record<string, unknown>>, keySchema: KeySchema, where: string): Item {
  try {
    return typedKey(plain, keySchema);
  } catch (error) {
    if (!(error instanceof InvalidKeyError)) throw error;
    throw new InvalidKeys(`${where}: ${error.message}`, { cause: error });
  }
}

/** Only the key attributes: full items and change-log lines serve as lists, so what stands beside the key is left out. */
export function onlyKeyAttributes(
  record: Readonly<Record<string, unknown>>,
  keySchema: KeySchema,
): Record<string, unknown> {
  return Object.fromEntries(
    keySchema.attributes.filter(({ name }) => Object.hasOwn(record, name)).map(({ name }) => [name, record[name]]),
  );
}
