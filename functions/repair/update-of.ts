import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { attributeOf, type Item, withoutAttributes } from "../items/item.ts";
import { itemSize, MAX_ITEM_BYTES } from "../items/item-size.ts";
import { isGuardable } from "./guard.ts";
import type { Repair, UpdateRepair } from "./repair.ts";
import type { RepairRules } from "./rules.ts";
import { isCountable, plannedVersion } from "./version.ts";

export type UpdateNotes = Pick<UpdateRepair, "computed" | "left" | "overwritten" | "twoWay">;

/** One guarded update that gives these attributes these values (`null`: removes them), in the order of the map. */
export function updateOf(
  targets: ReadonlyMap<string, AttributeValue | null>,
  live: Item,
  rules: RepairRules,
  notes: UpdateNotes,
): Repair {
  const version = plannedVersion(live, rules);
  if (version && !isCountable(version.live)) return { action: "unwritable", reason: "version-not-a-number" };
  const names = [...targets.keys()];
  const repair: UpdateRepair = {
    action: "update",
    set: Object.fromEntries([...targets].flatMap(([name, value]) => (value === null ? [] : [[name, value]]))),
    remove: names.filter((name) => targets.get(name) === null),
    expected: Object.fromEntries(names.map((name) => [name, attributeOf(live, name) ?? null])),
    guard: "attributes",
    ...(version ? { version } : {}),
    ...notes,
  };
  const repaired = { ...withoutAttributes(live, new Set(repair.remove)), ...repair.set };
  if (itemSize(repaired) > MAX_ITEM_BYTES) return { action: "unwritable", reason: "too-big" };
  if (isGuardable(repair, rules.keySchema)) return repair;
  const byVersion: UpdateRepair = { ...repair, guard: "version" };
  const isPinnable = version !== undefined && version.live !== null && isGuardable(byVersion, rules.keySchema);
  return isPinnable ? byVersion : { action: "conflict", reason: "too-wide-to-guard" };
}
