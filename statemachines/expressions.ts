/** What the JSONata of a state reads: found in the syntax tree, not by searching text. */
import jsonata from "jsonata";
import { isObject, type Json } from "./states.ts";

export interface Reading {
  readonly text: string;
  /** `$round` gives `round`; `$states` is not among them. */
  readonly variables: ReadonlySet<string>;
  /** `$states.input.x` gives `input`. */
  readonly reserved: ReadonlySet<string>;
  /** Names without `$`: Step Functions gives expressions no item to look into, so they are always undefined. */
  readonly bare: ReadonlySet<string>;
}

interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly [part: string]: unknown;
}

/** Every `{% … %}` in a value, however deep. */
export function readingsOf(value: Json | undefined): Reading[] {
  if (typeof value === "string") {
    const expression = /^\{%([\s\S]*)%\}$/.exec(value)?.[1];
    return expression === undefined ? [] : [read(expression)];
  }
  return children(value).flatMap(readingsOf);
}

/** Every string in a value that is no expression. */
export function literalsOf(value: Json | undefined): string[] {
  if (typeof value === "string") return /^\{%[\s\S]*%\}$/.test(value) ? [] : [value];
  return children(value).flatMap(literalsOf);
}

function children(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function read(text: string): Reading {
  const reading = {
    text: text.trim(),
    variables: new Set<string>(),
    reserved: new Set<string>(),
    bare: new Set<string>(),
  };
  visit(jsonata(text).ast() as unknown as Node, false, reading, new Set());
  return reading;
}

type Found = { variables: Set<string>; reserved: Set<string>; bare: Set<string> };

/** `inside`: an item is at hand, so a bare name is fine. `local`: names that the expression binds itself. */
function visit(node: Node, inside: boolean, found: Found, local: Set<string>): void {
  if (node.type === "path") {
    const [first, second] = node.steps as Node[];
    if (first?.type === "variable" && first.value === "states") found.reserved.add(String(second?.value ?? ""));
    (node.steps as Node[]).forEach((step, index) => {
      visit(step, inside || index > 0, found, local);
    });
    return;
  }
  if (node.type === "name" && !inside) found.bare.add(String(node.value));
  if (node.type === "variable" && node.value !== "" && node.value !== "states" && !local.has(String(node.value)))
    found.variables.add(String(node.value));
  if (node.type === "bind") local.add(String((node.lhs as Node).value));
  if (node.type === "lambda") for (const argument of node.arguments as Node[]) local.add(String(argument.value));
  for (const [part, child] of Object.entries(node)) {
    // The name of a function that is called is no variable that somebody assigned.
    if (part === "procedure" && (child as Node).type === "variable") continue;
    const withItem = inside || part === "predicate" || part === "stages" || part === "group";
    for (const each of nodesIn(child)) visit(each, withItem, found, local);
  }
}

function nodesIn(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return typeof value === "object" && value !== null && "type" in value ? [value as Node] : [];
}
