import type { ProtectedTable, Rules } from "../contracts.ts";
import type { KeySchema } from "../items/key.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { show, showNames } from "./show.ts";

/** Attribute names of the rules fit each other and the table. */
export function checkAttributes(
  rules: Pick<Rules, "attributes" | "groups">,
  keySchema: KeySchema,
  table: ProtectedTable,
): void {
  const { only = [], except = [] } = rules.attributes ?? {};
  const excepted = new Set(except);
  const both = only.find((name) => excepted.has(name));
  if (both !== undefined)
    throw new InvalidRequest(
      `Attribute ${show(both)} is in "attributes.only" and in "attributes.except": leave it out of one.`,
    );
  for (const name of only) refuseNeverReverted("attributes.only", name, keySchema, table);
  const { delta = [], set = {} } = rules.attributes ?? {};
  for (const name of delta) refuseNeverReverted("attributes.delta", name, keySchema, table);
  for (const name of Object.keys(set)) refuseNeverReverted("attributes.set", name, keySchema, table);
  const twice = delta.find((name) => Object.hasOwn(set, name));
  if (twice !== undefined)
    throw new InvalidRequest(
      `Attribute ${show(twice)} is in "attributes.delta" and in "attributes.set": leave it out of one.`,
    );
  const excluded = [...delta, ...Object.keys(set)].find((name) => excepted.has(name));
  if (excluded !== undefined)
    throw new InvalidRequest(
      `Attribute ${show(excluded)} is in "attributes.except" and is to be computed: leave it out of one.`,
    );
  for (const [index, { kind, attributes, revert = [] }] of (rules.groups ?? []).entries()) {
    const known = new Set(attributes);
    for (const name of revert) {
      if (kind !== "updated")
        throw new InvalidRequest(
          `Field "groups.${index}.revert" has ${show(name)}, but the group's kind is "${kind}", which is taken back as a whole: leave "revert" out.`,
        );
      if (!known.has(name))
        throw new InvalidRequest(
          `Field "groups.${index}.revert" has ${show(name)}, which is not among the group's attributes (${showNames(attributes) || "none"}): take it out or add it there.`,
        );
      refuseNeverReverted(`groups.${index}.revert`, name, keySchema, table);
    }
    if (kind === "updated" && attributes.length === 0)
      throw new InvalidRequest(
        `Field "groups.${index}.attributes" is empty, but an "updated" group is known by the attributes that changed: name them as the plan shows them.`,
      );
  }
}

function refuseNeverReverted(field: string, name: string, keySchema: KeySchema, table: ProtectedTable): void {
  if (keySchema.attributes.some((attribute) => attribute.name === name))
    throw new InvalidRequest(
      `Field "${field}" has ${show(name)}, which is a key attribute: keys never change. Leave it out.`,
    );
  if (name === table.versionAttribute)
    throw new InvalidRequest(
      `Field "${field}" has ${show(name)}, which is the versionAttribute of table "${table.tableName}": it is raised with every repair and never set back, or stale writers would pass. Leave it out.`,
    );
}
