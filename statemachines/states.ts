/** Goes through the states of a definition, inner ones included. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json };
export type JsonObject = { readonly [field: string]: Json };

export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, JsonObject>>;
}

/** Where a state stands: at the top, or inside a branch of a Parallel or the items of a Map. */
export interface Scope {
  readonly kind: "top" | "branch" | "items";
  /** The Parallel or Map that it is inside of; empty at the top. */
  readonly owner: string;
  readonly branch: number;
}

export interface PlacedState {
  readonly name: string;
  readonly state: JsonObject;
  readonly scope: Scope;
}

const TOP: Scope = { kind: "top", owner: "", branch: 0 };

/** Every state, in the order of the file, each one before what is inside of it. */
export function allStates(definition: Definition, scope: Scope = TOP): PlacedState[] {
  return Object.entries(definition.States).flatMap(([name, state]) => [
    { name, state, scope },
    ...innerDefinitions(name, state).flatMap((inner) => allStates(inner.definition, inner.scope)),
  ]);
}

/** The branches of a Parallel, the item processor of a Map, nothing for any other state. */
export function innerDefinitions(name: string, state: JsonObject): { definition: Definition; scope: Scope }[] {
  const branches = ((state.Branches ?? []) as unknown as Definition[]).map((definition, branch) => ({
    definition,
    scope: { kind: "branch" as const, owner: name, branch },
  }));
  const processor = state.ItemProcessor as unknown as Definition | undefined;
  return processor
    ? [...branches, { definition: processor, scope: { kind: "items", owner: name, branch: 0 } }]
    : branches;
}

/** A state's own fields, without what is inside of it. */
export function ownFields(state: JsonObject): JsonObject {
  const { Branches: _branches, ItemProcessor: _processor, ...own } = state;
  return own;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
