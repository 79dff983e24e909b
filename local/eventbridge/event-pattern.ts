import { AwsError, NotInPocketAwsError } from "../service.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Reads an event pattern and gives the test for it; what the pocket AWS does not know of patterns is an error that names it. */
export function eventPattern(text: string): (event: unknown) => boolean {
  let pattern: Json;
  try {
    pattern = JSON.parse(text) as Json;
  } catch (cause) {
    throw invalid(`it is not JSON: ${(cause as Error).message}`);
  }
  if (!isObject(pattern) || Object.keys(pattern).length === 0) throw invalid("it must be an object with a field");
  check(pattern);
  return (event) => matchesObject(pattern, event);
}

type JsonObject = { readonly [name: string]: Json };

function check(pattern: JsonObject): void {
  for (const [name, wanted] of Object.entries(pattern)) {
    if (name.startsWith("$")) throw new NotInPocketAwsError(`${name} in an event pattern`);
    if (isObject(wanted)) check(wanted);
    else if (!Array.isArray(wanted)) throw invalid(`${name} must be a list or an object`);
    else for (const one of wanted) checkMatcher(name, one);
  }
}

function checkMatcher(name: string, matcher: Json): void {
  if (Array.isArray(matcher)) throw invalid(`${name} holds a list within a list`);
  if (!isObject(matcher)) return;
  const kinds = Object.keys(matcher);
  for (const kind of kinds) {
    const known =
      (kind === "prefix" && typeof matcher.prefix === "string") ||
      (kind === "suffix" && typeof matcher.suffix === "string") ||
      (kind === "exists" && typeof matcher.exists === "boolean") ||
      (kind === "anything-but" && isPlain(matcher["anything-but"]));
    if (!known || kinds.length !== 1) throw new NotInPocketAwsError(`${JSON.stringify(matcher)} in an event pattern`);
  }
}

function isPlain(value: Json | undefined): boolean {
  return [value].flat().every((one) => typeof one === "string" || typeof one === "number");
}

function matchesObject(pattern: JsonObject, event: unknown): boolean {
  const fields = isObject(event) ? event : {};
  return Object.entries(pattern).every(([name, wanted]) => {
    const actual = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (Array.isArray(wanted)) return matchesAny(wanted, actual);
    return isObject(wanted) && matchesObject(wanted, actual);
  });
}

/** A field matches when one of its values matches one of the wanted ones; an absent field only `exists: false`. */
function matchesAny(wanted: readonly Json[], actual: unknown): boolean {
  const values = Array.isArray(actual) ? actual : [actual];
  return wanted.some((one) => {
    if (isObject(one) && "exists" in one) return (actual !== undefined) === one.exists;
    return values.some((value: unknown) => value !== undefined && matchesOne(one, value));
  });
}

function matchesOne(wanted: Json, value: unknown): boolean {
  if (!isObject(wanted)) return wanted === value;
  if (typeof wanted.prefix === "string") return typeof value === "string" && value.startsWith(wanted.prefix);
  if (typeof wanted.suffix === "string") return typeof value === "string" && value.endsWith(wanted.suffix);
  return ![wanted["anything-but"]].flat().some((one) => one === value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(problem: string): AwsError {
  return new AwsError("InvalidEventPatternException", `Event pattern is not valid: ${problem}.`);
}
