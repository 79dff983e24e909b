/** Changes of a JSON value at any of its places, as somebody in a hurry, or with a bad intent, would make them. */
import fc from "fast-check";
import { having, junk, longText, telling } from "./junk.ts";

/** Some times what an execution takes. */
const MOST_CHARACTERS = 1_000_000;

type Path = readonly (string | number)[];

type Change =
  | { readonly kind: "replace" | "insert"; readonly with: unknown }
  | { readonly kind: "remove" | "text" | "list" | "tag" | "many" | "misspell" | "prototype" }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "append"; readonly text: string };

/** One change: `at` picks the place. */
export interface Mutation {
  readonly at: number;
  readonly change: Change;
}

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: junk.map((value) => ({ kind: "replace", with: value }) as const) },
  { weight: 3, arbitrary: junk.map((value) => ({ kind: "insert", with: value }) as const) },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom("remove", "text", "list", "tag", "many", "misspell", "prototype")
      .map((kind) => ({ kind }) as Change),
  },
  { weight: 2, arbitrary: fc.oneof(telling, longText).map((name) => ({ kind: "name", name }) as const) },
  { weight: 2, arbitrary: fc.oneof(telling, longText).map((text) => ({ kind: "append", text }) as const) },
);

export const mutation: fc.Arbitrary<Mutation> = fc.record({ at: fc.nat(), change });

/** The value with the change at one of its places, the root left alone unless there is no other. */
export function mutated(value: unknown, { at, change }: Mutation): unknown {
  const places = placesIn(value);
  const place = places[at % Math.max(1, places.length)];
  return place === undefined ? changed(value, change) : changedAt(value, place, change);
}

/** The value after all changes, as long as it does not grow beyond all bounds. */
export function mutatedBy(value: unknown, mutations: readonly Mutation[]): unknown {
  let result = value;
  for (const one of mutations) {
    const next = mutated(result, one);
    if (sizeOf(next) > MOST_CHARACTERS) return result;
    result = next;
  }
  return result;
}

/** Characters of a value, about; counted no further than it matters. */
function sizeOf(value: unknown): number {
  const todo = [value];
  let size = 1;
  for (let next = todo.pop(); next !== undefined && size <= MOST_CHARACTERS; next = todo.pop()) {
    if (typeof next === "string") size += next.length;
    else if (typeof next === "object" && next !== null) {
      for (const [name, inner] of Object.entries(next)) {
        size += name.length + 2;
        todo.push(inner);
      }
    } else size += 8;
  }
  return size;
}

/** Places inside of a value; of a long list only some. */
function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null || path.length > 8) return [];
  const members: [string | number, unknown][] = Array.isArray(value)
    ? value.slice(0, 5).map((one, index) => [index, one])
    : Object.entries(value).slice(0, 50);
  return members.flatMap(([step, inner]) => [[...path, step], ...placesIn(inner, [...path, step])]);
}

function changedAt(value: unknown, [step, ...rest]: Path, change: Change): unknown {
  if (step === undefined) return changed(value, change);
  if (Array.isArray(value)) {
    if (rest.length === 0 && change.kind === "remove") return value.filter((_, index) => index !== step);
    if (rest.length === 0 && change.kind === "insert") return [...value, change.with];
    return value.map((one: unknown, index) => (index === step ? changedAt(one, rest, change) : one));
  }
  const entries = Object.entries(value as object).flatMap(([name, inner]): [string, unknown][] => {
    if (name !== step) return [[name, inner]];
    if (rest.length > 0) return [[name, changedAt(inner, rest, change)]];
    if (change.kind === "remove") return [];
    if (change.kind === "misspell") return [[misspelt(name), inner]];
    if (change.kind === "name") return [[change.name, inner]];
    if (change.kind === "insert")
      return [
        [name, inner],
        [misspelt(name), change.with],
      ];
    return [[name, changed(inner, change)]];
  });
  return Object.fromEntries(entries);
}

function misspelt(name: string): string {
  const middle = Math.floor(name.length / 2);
  return name.length % 2 === 0 ? name.slice(0, middle) + name.slice(middle + 1) : `${name.toUpperCase()}s`;
}

function changed(value: unknown, change: Change): unknown {
  switch (change.kind) {
    case "replace":
    case "insert":
      return change.with;
    case "text":
      return typeof value === "object" ? "[object Object]" : String(value);
    case "list":
      return [value];
    case "tag":
      return { S: value };
    case "many":
      return Array<unknown>(Math.max(2, Math.min(10_000, Math.floor(MOST_CHARACTERS / sizeOf(value))))).fill(value);
    case "prototype":
      return typeof value === "object" && value !== null && !Array.isArray(value)
        ? having("__proto__", { table: "orders", polluted: true }, value)
        : having("__proto__", value);
    case "append":
      return typeof value === "string" ? value + change.text : [value, change.text];
    default:
      return null;
  }
}
