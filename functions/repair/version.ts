import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import Big from "big.js";
import { attributeOf, type Item } from "../items/item.ts";
import type { PlannedVersion } from "./repair.ts";
import type { RepairRules } from "./rules.ts";

/** So far ahead of the old number that a stale writer does not meet it, whatever was counted since. */
const PUT_RAISE = 1_000_000;

/** The declared version of the live item; undefined where the table declares none. */
export function plannedVersion(live: Item | null, rules: RepairRules): PlannedVersion | undefined {
  if (rules.versionAttribute === undefined) return undefined;
  return { attribute: rules.versionAttribute, live: attributeOf(live, rules.versionAttribute) ?? null };
}

/** True if a version can be counted up: a number, or not there yet. */
export function isCountable(version: AttributeValue | null | undefined): boolean {
  return version === null || version === undefined || version.N !== undefined;
}

/** The item to put back, its version far beyond the one it had. */
export function withRaisedVersion(item: Item, rules: RepairRules): Item {
  if (rules.versionAttribute === undefined) return item;
  const version = attributeOf(item, rules.versionAttribute)?.N ?? "0";
  return { ...item, [rules.versionAttribute]: { N: new Big(version).plus(PUT_RAISE).toFixed() } };
}
