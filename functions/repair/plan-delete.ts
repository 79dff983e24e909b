import { attributeNames, attributeOf, type Images, type Item } from "../items/item.ts";
import { isGuardable } from "./guard.ts";
import type { DeleteRepair, Repair } from "./repair.ts";
import type { RepairRules } from "./rules.ts";
import { plannedVersion } from "./version.ts";

/** Deletes the item as the plan saw it, and no other. */
export function planDelete(images: Images, live: Item, rules: RepairRules): Repair {
  const version = plannedVersion(live, rules);
  const hasVersion = version !== undefined && version.live !== null;
  const repair: DeleteRepair = {
    action: "delete",
    expected: live,
    absent: attributeNames(images.before, images.after).filter((name) => attributeOf(live, name) === undefined),
    guard: "attributes",
    ...(version ? { version } : {}),
    needsFreeze: !hasVersion,
  };
  if (isGuardable(repair, rules.keySchema)) return repair;
  return hasVersion ? { ...repair, guard: "version" } : { action: "conflict", reason: "too-wide-to-guard" };
}
