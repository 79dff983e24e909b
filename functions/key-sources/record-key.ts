import { show } from "../request/show.ts";
import { InvalidKeys } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { onlyKeyAttributes } from "./typed-or-invalid.ts";

/** Where a line may hold its key one level down: change-log lines, lines of an incremental and of a full export. */
const WRAPPERS = ["key", "Keys", "Item"] as const;

/**
 * The key attributes of one record of a list, not typed yet. A record that has them itself is a key or a whole item; one
 * that has none of them but one of the known wrappers is a line of a log or an export. Other fields are left out.
 */
export function keyInRecord(
  value: unknown,
  { keySchema, table }: Pick<Recovery, "keySchema" | "table">,
  where: string,
): Record<string, unknown> {
  if (!isObject(value))
    throw new InvalidKeys(
      `${where}: is ${value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`}; write an object with ${keySchema.attributes.map(({ name }) => name).join(", ")}.`,
    );
  if (keySchema.attributes.some(({ name }) => Object.hasOwn(value, name))) return onlyKeyAttributes(value, keySchema);
  const wrapper = WRAPPERS.find((name) => isObject(value[name]));
  if (!wrapper) return {};
  const { table: other } = value;
  if (wrapper === "key" && typeof other === "string" && other !== table.tableName)
    throw new InvalidKeys(
      `${where}: is about table ${show(other)}, and this recovery is of "${table.tableName}"; leave lines of other tables out.`,
    );
  return onlyKeyAttributes(value[wrapper] as Record<string, unknown>, keySchema);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
