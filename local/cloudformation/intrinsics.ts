import { NotInPocketAwsError } from "../service.ts";

/** What an expression may refer to. Each throws an error of its own for a name that it does not know. */
export interface Scope {
  /** Value of a parameter, pseudo parameter or resource. */
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  condition(name: string): boolean;
  mapping(map: string, key: string, name: string): unknown;
}

/** An intrinsic function whose arguments are not what it takes. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/** `AWS::NoValue`: takes the property or the list element away. */
export const NO_VALUE = Symbol("AWS::NoValue");

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope) => scope.ref(text(name, "Ref")),
  "Fn::GetAtt": (argument, scope) => {
    const [logicalId, name] = typeof argument === "string" ? split(argument) : list(argument, "Fn::GetAtt");
    return scope.attribute(text(logicalId, "Fn::GetAtt"), text(resolve(name, scope), "Fn::GetAtt"));
  },
  "Fn::Sub": substitute,
  "Fn::Join": (argument, scope) => {
    const [delimiter, parts] = list(argument, "Fn::Join");
    return list(resolve(parts, scope), "Fn::Join")
      .map((part) => text(part, "Fn::Join"))
      .join(text(delimiter, "Fn::Join"));
  },
  "Fn::Split": (argument, scope) => {
    const [delimiter, whole] = list(argument, "Fn::Split");
    return text(resolve(whole, scope), "Fn::Split").split(text(delimiter, "Fn::Split"));
  },
  "Fn::Select": (argument, scope) => {
    const [index, choices] = list(argument, "Fn::Select");
    const selected = list(resolve(choices, scope), "Fn::Select")[Number(resolve(index, scope))];
    if (selected === undefined) throw new TemplateError(`Fn::Select has no element ${String(index)}.`);
    return selected;
  },
  "Fn::FindInMap": (argument, scope) => {
    const [map, key, name] = list(resolve(argument, scope), "Fn::FindInMap");
    return scope.mapping(text(map, "Fn::FindInMap"), text(key, "Fn::FindInMap"), text(name, "Fn::FindInMap"));
  },
  "Fn::If": (argument, scope) => {
    const [condition, whenTrue, whenFalse] = list(argument, "Fn::If");
    return resolve(scope.condition(text(condition, "Fn::If")) ? whenTrue : whenFalse, scope);
  },
  "Fn::Equals": (argument, scope) => {
    const [left, right] = list(resolve(argument, scope), "Fn::Equals");
    return String(left) === String(right);
  },
  "Fn::Not": (argument, scope) => !evaluateCondition(list(argument, "Fn::Not")[0], scope),
  "Fn::And": (argument, scope) => list(argument, "Fn::And").every((one) => evaluateCondition(one, scope)),
  "Fn::Or": (argument, scope) => list(argument, "Fn::Or").some((one) => evaluateCondition(one, scope)),
};

/** Replaces every intrinsic function in a template value by what it stands for. */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(one, scope)).filter((one) => one !== NO_VALUE);
  if (typeof value !== "object" || value === null) return value;
  const intrinsic = intrinsicOf(value);
  if (intrinsic) return intrinsic.run(intrinsic.argument, scope);
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, one]) => [name, resolve(one, scope)] as const)
      .filter(([, one]) => one !== NO_VALUE),
  );
}

/** An expression of the Conditions section; `{ Condition: name }` refers to another one. */
export function evaluateCondition(expression: unknown, scope: Scope): boolean {
  const named =
    typeof expression === "object" && expression !== null && Object.keys(expression).join() === "Condition"
      ? (expression as { Condition: unknown }).Condition
      : undefined;
  const result = named === undefined ? resolve(expression, scope) : scope.condition(text(named, "Condition"));
  if (typeof result !== "boolean")
    throw new TemplateError(`A condition must be true or false, not ${JSON.stringify(result)}.`);
  return result;
}

/** Names that an expression refers to, whichever branch of an Fn::If it takes: resources among them must exist before. */
export function referencesOf(value: unknown): Set<string> {
  const found = new Set<string>();
  const walk = (one: unknown): void => {
    if (typeof one !== "object" || one === null) return;
    for (const [name, argument] of Object.entries(one)) {
      if (name === "Ref" && typeof argument === "string") found.add(argument);
      else if (name === "Fn::GetAtt")
        found.add(String(typeof argument === "string" ? split(argument)[0] : argument[0]));
      else if (name === "Fn::Sub") {
        const [template, variables = {}] = [argument].flat();
        for (const reference of placeholdersOf(String(template)))
          if (!Object.hasOwn(variables, reference)) found.add(split(reference)[0]);
        walk(variables);
      } else walk(argument);
    }
  };
  walk(value);
  return found;
}

function intrinsicOf(value: object): { run: Intrinsic; argument: unknown } | undefined {
  const entries = Object.entries(value);
  const functionName = entries.map(([name]) => name).find((name) => name === "Ref" || name.startsWith("Fn::"));
  if (functionName === undefined) return undefined;
  const run = INTRINSICS[functionName];
  if (!run) throw new NotInPocketAwsError(`the intrinsic function ${functionName}`);
  if (entries.length > 1) throw new TemplateError(`${functionName} must stand alone: ${JSON.stringify(value)}.`);
  return { run, argument: entries[0]?.[1] };
}

/** `${Name}`, `${Resource.Attribute}`; `${!Name}` stays as `${Name}`. */
const PLACEHOLDER = /\$\{(!?)([^}]*)\}/g;

function placeholdersOf(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].flatMap(([, escaped, name = ""]) => (escaped ? [] : [name.trim()]));
}

function substitute(argument: unknown, scope: Scope): string {
  const [template, given = {}] = [argument].flat();
  const variables = resolve(given, scope) as Record<string, unknown>;
  return text(template, "Fn::Sub").replace(PLACEHOLDER, (_, escaped: string, placeholder: string) => {
    const name = placeholder.trim();
    if (escaped) return `\${${name}}`;
    if (Object.hasOwn(variables, name)) return text(variables[name], "Fn::Sub");
    const [first, attribute] = split(name);
    return text(attribute === "" ? scope.ref(first) : scope.attribute(first, attribute), "Fn::Sub");
  });
}

function split(reference: string): [string, string] {
  const dot = reference.indexOf(".");
  return dot < 0 ? [reference, ""] : [reference.slice(0, dot), reference.slice(dot + 1)];
}

function text(value: unknown, where: string): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TemplateError(`${where} takes text here, not ${JSON.stringify(value)}.`);
}

function list(value: unknown, where: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new TemplateError(`${where} takes a list, not ${JSON.stringify(value)}.`);
}
