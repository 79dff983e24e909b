import { ITEM_CHANGE } from "../../kit/item-change-line.ts";
import type { Item } from "../items/item.ts";
import { InvalidKeys } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { parseExactJson } from "./exact-json.ts";
import { onlyKeyAttributes, typedOrInvalid } from "./typed-or-invalid.ts";

/** What a line of a change log says. */
export interface LoggedChange {
  readonly key: Item;
  readonly action?: unknown;
  readonly writer?: unknown;
}

/**
 * The change that a log event holds; undefined where it is about another table. The JSON may be the whole event, or stand
 * behind the prefix that Lambda puts before a line.
 */
export function changeInMessage(
  message: string,
  { keySchema, table }: Pick<Recovery, "keySchema" | "table">,
  where: string,
): LoggedChange | undefined {
  const line = parseExactJson(firstObject(message), where);
  if (!isObject(line) || line.kind !== ITEM_CHANGE)
    throw new InvalidKeys(`${where}: is no line of logItemChange, though it says so; correct who writes it.`);
  if (line.table !== table.tableName) return undefined;
  const { key, action, writer } = line;
  if (!isObject(key))
    throw new InvalidKeys(`${where}: has no "key"; a change line names the key attributes of the item below "key".`);
  return { key: typedOrInvalid(onlyKeyAttributes(key, keySchema), keySchema, `${where}: "key"`), action, writer };
}

/** From the first brace to the one that closes it. */
function firstObject(message: string): string {
  const start = message.indexOf("{");
  let [depth, isQuoted] = [0, false];
  for (let at = start; at >= 0 && at < message.length; at += 1) {
    const character = message[at];
    if (isQuoted && character === "\\") at += 1;
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === "{") depth += 1;
    else if (!isQuoted && character === "}" && --depth === 0) return message.slice(start, at + 1);
  }
  return message;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
