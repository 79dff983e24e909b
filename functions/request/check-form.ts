/** What no request may be, whatever its fields: found before anything else looks into it. */
import { InvalidRequest } from "../runtime/errors.ts";
import { show, showName } from "./show.ts";

/** "Maximum input or output size for a task, state, or execution: 256 KiB": more can't come from an execution. */
const MOST_BYTES = 262_144;
/** The deepest field there is stands on level 6; a key or a JSONata expression has no levels. */
const DEEPEST = 20;

interface Place {
  readonly value: unknown;
  readonly path: string;
  readonly depth: number;
}

/** Refuses what is too long or too deep to be shown, and text and numbers that would be others once they are stored. */
export function checkForm(request: unknown): void {
  const places: Place[] = [{ value: request, path: "", depth: 0 }];
  let bytes = 0;
  for (let place = places.pop(); place; place = places.pop()) {
    const { value, path, depth } = place;
    if (typeof value === "string") bytes += checkText(value, path);
    else if (typeof value === "number") checkNumber(value, path);
    if (bytes > MOST_BYTES)
      throw new InvalidRequest(
        `The request has more than ${MOST_BYTES} bytes, which is more than an execution takes: put long lists of keys into the recovery bucket and write "keysFrom": { "s3": { "key": "uploads/keys.jsonl" } }.`,
      );
    if (typeof value !== "object" || value === null) continue;
    if (depth === DEEPEST)
      throw new InvalidRequest(
        `Field "${showName(path)}" has more than ${DEEPEST} levels of lists and objects in it: no field of a request does.`,
      );
    for (const [name, inner] of Object.entries(value)) {
      const at = path === "" ? name : `${path}.${name}`;
      if (!Array.isArray(value)) bytes += checkName(name, at);
      places.push({ value: inner, path: at, depth: depth + 1 });
      // A comma or a bracket at least.
      bytes += 1;
    }
  }
}

function checkText(text: string, path: string): number {
  // Half a character becomes another one on its way into a table: a key would be another key.
  if (!text.isWellFormed())
    throw new InvalidRequest(
      `Field "${showName(path)}" is ${show(text)}, which holds half of a character (a lone surrogate): no item can hold it. Write the whole character.`,
    );
  return Buffer.byteLength(text, "utf8");
}

function checkName(name: string, path: string): number {
  // Objects of JavaScript have it already: it would be lost, and with it what it was to say.
  if (name === "__proto__")
    throw new InvalidRequest(
      `Field "${showName(path)}" is called "__proto__", which no field and no attribute of a request can be called: leave it out.`,
    );
  return checkText(name, path);
}

function checkNumber(number: number, path: string): void {
  if (!Number.isFinite(number))
    throw new InvalidRequest(
      `Field "${showName(path)}" is a number beyond 1.8e308: write a smaller one, or a number of a key as text.`,
    );
}
