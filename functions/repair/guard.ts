import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item } from "../items/item.ts";
import { type KeySchema, partitionKeyName } from "../items/key.ts";
import { allOf, type Expression, fits } from "./expression-limits.ts";
import { Placeholders } from "./placeholders.ts";
import type { DeleteRepair, ExpectedValues, PlannedVersion, UpdateRepair, WritingRepair } from "./repair.ts";

/** What is needed to write one repair, apart from the repair. */
export interface WriteTarget {
  readonly table: string;
  readonly key: Item;
  readonly keySchema: KeySchema;
  /** Also pin the version that the plan saw: any attempt but the first, and whatever follows a lost answer. */
  readonly pinVersion: boolean;
}

interface GuardedInput {
  readonly TableName: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
  readonly ReturnValuesOnConditionCheckFailure: "ALL_OLD";
}

/** The input of the one command that carries out a repair. Never without a condition. */
export type GuardedWrite =
  | { readonly command: "UpdateItem"; readonly input: GuardedInput & { Key: Item; UpdateExpression: string } }
  | { readonly command: "PutItem"; readonly input: GuardedInput & { Item: Item } }
  | { readonly command: "DeleteItem"; readonly input: GuardedInput & { Key: Item; ReturnValues: "ALL_OLD" } };

/** The guarded write of a repair: it takes effect only on what the plan saw. */
export function guardedWrite(repair: WritingRepair, target: WriteTarget): GuardedWrite {
  const placeholders = new Placeholders();
  const guard = guardOf(repair, target, placeholders);
  const common = { TableName: target.table, ConditionExpression: guard.text } as const;
  switch (repair.action) {
    case "update": {
      const UpdateExpression = updateOf(repair, placeholders).text;
      const names = { ...placeholders.attributes(), ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
      return { command: "UpdateItem", input: { ...common, Key: target.key, UpdateExpression, ...names } };
    }
    case "put": {
      const names = { ...placeholders.attributes(), ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
      return { command: "PutItem", input: { ...common, Item: repair.item, ...names } };
    }
    case "delete": {
      const names = { ...placeholders.attributes(), ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;
      return { command: "DeleteItem", input: { ...common, Key: target.key, ReturnValues: "ALL_OLD", ...names } };
    }
  }
}

/** True if the repair's guard and update stay within DynamoDB's limits, the pinned version of a later attempt included. */
export function isGuardable(repair: WritingRepair, keySchema: KeySchema): boolean {
  const placeholders = new Placeholders();
  const guard = guardOf(repair, { keySchema, pinVersion: true }, placeholders);
  return fits(guard) && (repair.action !== "update" || fits(updateOf(repair, placeholders)));
}

function guardOf(
  repair: WritingRepair,
  { keySchema, pinVersion }: Pick<WriteTarget, "keySchema" | "pinVersion">,
  placeholders: Placeholders,
): Expression {
  const partitionKey = placeholders.name(partitionKeyName(keySchema));
  if (repair.action === "put") return allOf([`attribute_not_exists(${partitionKey})`]);
  // Without it an update of an item that was deleted meanwhile would create a ghost of key and attribute alone.
  const clauses = [`attribute_exists(${partitionKey})`];
  const { version } = repair;
  if (repair.guard === "attributes") clauses.push(...valueClauses(repair, placeholders));
  const comparesVersion = repair.action === "delete" && repair.guard === "attributes";
  if (version && !comparesVersion && (pinVersion || repair.guard === "version")) {
    clauses.push(...equalityClauses(versionValues(version), placeholders));
  }
  return allOf(clauses);
}

function valueClauses(repair: UpdateRepair | DeleteRepair, placeholders: Placeholders): string[] {
  if (repair.action === "update") return equalityClauses(repair.expected, placeholders);
  const absent = Object.fromEntries(repair.absent.map((name) => [name, null]));
  const version = repair.version ? versionValues(repair.version) : {};
  return equalityClauses({ ...absent, ...version, ...repair.expected }, placeholders);
}

function equalityClauses(expected: ExpectedValues, placeholders: Placeholders): string[] {
  return Object.entries(expected).map(([name, value]) =>
    value === null
      ? `attribute_not_exists(${placeholders.name(name)})`
      : `${placeholders.name(name)} = ${placeholders.value(value)}`,
  );
}

function versionValues({ attribute, live }: PlannedVersion): ExpectedValues {
  return { [attribute]: live };
}

function updateOf(repair: UpdateRepair, placeholders: Placeholders): Expression {
  const sets = Object.entries(repair.set).map(
    ([name, value]) => `${placeholders.name(name)} = ${placeholders.value(value)}`,
  );
  let operators = sets.length + repair.remove.length;
  if (repair.version) {
    const version = placeholders.name(repair.version.attribute);
    const [zero, one] = [placeholders.value({ N: "0" }), placeholders.value({ N: "1" })];
    sets.push(`${version} = if_not_exists(${version}, ${zero}) + ${one}`);
    operators += 3;
  }
  const removes = repair.remove.map((name) => placeholders.name(name));
  const text = [
    ...(sets.length > 0 ? [`SET ${sets.join(", ")}`] : []),
    ...(removes.length > 0 ? [`REMOVE ${removes.join(", ")}`] : []),
  ].join(" ");
  return { text, operators };
}
