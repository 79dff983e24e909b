import type { ProtectedTable, Rules } from "../contracts.ts";
import type { KeySchema } from "../items/key.ts";
import { InvalidRequest } from "../runtime/errors.ts";

/** Attribute names of the rules fit each other and the table. */
export function checkAttributes(
  rules: Pick<Rules, "attributes" | "groups">,
  keySchema: KeySchema,
  table: ProtectedTable,
): void {
  const { only = [], except = [] } = rules.attributes ?? {};
  const both = only.find((name) => except.includes(name));
  if (both !== undefined)
    throw new InvalidRequest(
      `Attribute "${both}" is in "attributes.only" and in "attributes.except": leave it out of one.`,
    );
  for (const name of only) refuseNeverReverted("attributes.only", name, keySchema, table);
  const { delta = [], set = {} } = rules.attributes ?? {};
  for (const name of delta) refuseNeverReverted("attributes.delta", name, keySchema, table);
  for (const name of Object.keys(set)) refuseNeverReverted("attributes.set", name, keySchema, table);
  const twice = delta.find((name) => Object.hasOwn(set, name));
  if (twice !== undefined)
    throw new InvalidRequest(
      `Attribute "${twice}" is in "attributes.delta" and in "attributes.set": leave it out of one.`,
    );
  const excluded = [...delta, ...Object.keys(set)].find((name) => except.includes(name));
  if (excluded !== undefined)
    throw new InvalidRequest(
      `Attribute "${excluded}" is in "attributes.except" and is to be computed: leave it out of one.`,
    );
  for (const [index, { kind, attributes, revert = [] }] of (rules.groups ?? []).entries()) {
    for (const name of revert) {
      if (kind !== "updated")
        throw new InvalidRequest(
          `Field "groups.${index}.revert" has "${name}", but the group's kind is "${kind}", which is taken back as a whole: leave "revert" out.`,
        );
      if (!attributes.includes(name))
        throw new InvalidRequest(
          `Field "groups.${index}.revert" has "${name}", which is not among the group's attributes (${attributes.join(", ") || "none"}): take it out or add it there.`,
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
      `Field "${field}" has "${name}", which is a key attribute: keys never change. Leave it out.`,
    );
  if (name === table.versionAttribute)
    throw new InvalidRequest(
      `Field "${field}" has "${name}", which is the versionAttribute of table "${table.tableName}": it is raised with every repair and never set back, or stale writers would pass. Leave it out.`,
    );
}
