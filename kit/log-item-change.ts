import { ITEM_CHANGE, type ItemChangeAction, type ItemChangeLine, type KeyAttributeJson } from "./item-change-line.ts";

/** A key attribute as the document client takes it, or as an AttributeValue. */
export type KeyValue =
  | string
  | number
  | bigint
  | Uint8Array
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: Uint8Array };

/** A write that was made. */
export interface ItemChange {
  readonly table: string;
  /** The key attributes alone. Whatever else is given here stands in the log. */
  readonly key: Readonly<Record<string, KeyValue>>;
  readonly action: ItemChangeAction;
  /** Who wrote: a release, a job, a function. A recovery can be narrowed to it. */
  readonly writer?: string | undefined;
  readonly tenant?: string | undefined;
}

/** What a Powertools logger is, as far as it is needed. */
export interface ChangeLogger {
  info(message: string, fields: Record<string, unknown>): void;
}

/** Where lines go: to a logger that writes JSON, or to a function that takes each line as text. */
export type ChangeLogTarget = ChangeLogger | ((line: string) => void);

/** A key was given that DynamoDB knows no key like. */
export class InvalidItemChange extends Error {
  override readonly name = "InvalidItemChange";
}

/**
 * Says in one JSON line which item was written. Call it after the write has succeeded, whatever the write was: the key
 * source `logs` knows of no other.
 */
export function logItemChange(change: ItemChange, target: ChangeLogTarget = writeToStandardOutput): void {
  const line = itemChangeLine(change);
  if (typeof target === "function") target(JSON.stringify(line));
  else target.info("item changed", { ...line });
}

/** The line of a change. */
export function itemChangeLine({ table, key, action, writer, tenant }: ItemChange): ItemChangeLine {
  const attributes = Object.entries(key).map(([name, value]) => [name, keyAttribute(name, value)] as const);
  if (attributes.length === 0 || attributes.length > 2)
    throw new InvalidItemChange(
      `logItemChange was given a key of ${attributes.length} attributes for table "${table}": give its partition key and, if it has one, its sort key; never the whole item.`,
    );
  return {
    kind: ITEM_CHANGE,
    table,
    key: Object.fromEntries(attributes),
    action,
    ...(writer === undefined ? {} : { writer }),
    ...(tenant === undefined ? {} : { tenant }),
  };
}

/** As DynamoDB's own JSON: a query of the log gives every value as text, so the type stands beside it. */
function keyAttribute(name: string, value: KeyValue): KeyAttributeJson {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number" || typeof value === "bigint") return { N: String(value) };
  if (value instanceof Uint8Array) return { B: base64(value) };
  if (typeof value === "object" && value !== null) {
    if ("S" in value) return { S: value.S };
    if ("N" in value) return { N: value.N };
    if ("B" in value) return { B: base64(value.B) };
  }
  throw new InvalidItemChange(
    `logItemChange was given a key whose attribute "${name}" is neither text, a number nor binary: no key of DynamoDB is like that.`,
  );
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

// Not by console.log: Lambda puts a prefix before its lines, or wraps them in JSON of its own.
function writeToStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
