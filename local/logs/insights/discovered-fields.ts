/** "CloudWatch Logs Insights can extract a maximum of 200 log event fields from a JSON log." */
const MAX_FIELDS = 200;
/** Of Lambda's logs "the first embedded JSON fragment in each log event" is taken as well. */
const LAMBDA_GROUPS = "/aws/lambda/";

// The third argument (TC39 "JSON.parse source text access") is in Node 24 and not yet in TypeScript's ES2024.
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

/** The fields of a message's JSON, flattened with dots (`key.pk`, `items.0.id`), every value as text. */
export function discoveredFields(message: string, group: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const start = message.indexOf("{");
  if (start < 0) return fields;
  const isWhole = message.slice(0, start).trim() === "";
  const json = isWhole ? jsonOf(message) : undefined;
  if (json !== undefined) flatten("", json, fields);
  else if (group.startsWith(LAMBDA_GROUPS)) flatten("", jsonOf(firstObject(message, start)), fields);
  return fields;
}

/** Numbers stay the text that they were written with: none is rounded. */
function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return parseWithSource(text, (_key, value, { source }) => (typeof value === "number" ? source : value));
  } catch {
    return undefined;
  }
}

function flatten(name: string, value: unknown, fields: Map<string, string>): void {
  if (value === null || value === undefined || fields.size >= MAX_FIELDS) return;
  if (typeof value === "object") {
    for (const [key, member] of Object.entries(value))
      flatten(name === "" ? topName(key) : `${name}.${key}`, member, fields);
  } else if (name !== "") fields.set(name, typeof value === "boolean" ? String(Number(value)) : String(value));
}

/** Names with @ are the system's: a field that has one is shown with another one before it. */
function topName(key: string): string {
  return key.startsWith("@") ? `@${key}` : key;
}

/** From a brace to the one that closes it. */
function firstObject(message: string, start: number): string | undefined {
  let depth = 0;
  let isQuoted = false;
  for (let at = start; at < message.length; at += 1) {
    const character = message[at];
    if (isQuoted && character === "\\") at += 1;
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && character === "{") depth += 1;
    else if (!isQuoted && character === "}") {
      depth -= 1;
      if (depth === 0) return message.slice(start, at + 1);
    }
  }
  return undefined;
}
