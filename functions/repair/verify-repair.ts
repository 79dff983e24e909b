import type { Item } from "../items/item.ts";
import { holdsPlanned, holdsPlannedOf, holdsTarget, updatedNames } from "./item-state.ts";
import type { WritingRepair } from "./repair.ts";

/** `not-repaired`: still as the plan saw it, in whole or in part. `changed-since`: neither that nor what was meant. */
export type Verification = "as-planned" | "changed-since" | "not-repaired";

/** Compares the live item with what its repair meant it to be. */
export function verifyRepair(repair: WritingRepair, live: Item | null): Verification {
  if (holdsTarget(repair, live)) return "as-planned";
  if (holdsPlanned(repair, live)) return "not-repaired";
  if (repair.action !== "update" || live === null) return "changed-since";
  return updatedNames(repair).some((name) => holdsPlannedOf(repair, live, name)) ? "not-repaired" : "changed-since";
}
