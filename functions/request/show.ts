const LONGEST = 120;

/** A value of the request as messages quote it; long ones are cut, since an error's cause is read on a phone at night. */
export function show(value: unknown): string {
  return cut(value === undefined ? "missing" : textOf(value));
}

/** A name of the request, such as that of a field, as it stands in messages. */
export function showName(name: string): string {
  // As in JSON: what steers a terminal must not reach it.
  return cut(JSON.stringify(name).slice(1, -1));
}

/** Names of the request, one after the other. */
export function showNames(names: readonly string[]): string {
  return showName(names.join(", "));
}

function textOf(value: unknown): string {
  if (typeof value === "number") return String(value);
  // Functions and symbols are in no JSON: whoever calls with them gets at least a message.
  return JSON.stringify(value) ?? String(value);
}

/** Half of a character that takes two would be no text. */
function cut(text: string): string {
  return (text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}…` : text).toWellFormed();
}
