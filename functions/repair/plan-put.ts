import { attributeOf, type Item } from "../items/item.ts";
import type { Repair } from "./repair.ts";
import type { RepairRules } from "./rules.ts";
import { isCountable, plannedVersion, withRaisedVersion } from "./version.ts";

/** Puts the item back as it was; whether its time has come is asked by whoever calls. */
export function planPut(before: Item, rules: RepairRules): Repair {
  const version = plannedVersion(null, rules);
  if (version && !isCountable(attributeOf(before, version.attribute))) {
    return { action: "unwritable", reason: "version-not-a-number" };
  }
  return { action: "put", item: withRaisedVersion(before, rules), ...(version ? { version } : {}) };
}
