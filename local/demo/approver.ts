/** The person of the demo who reads the plan: she knows what the bad code did, and nothing of the demo's truth. */
import type { GroupChoice } from "../../functions/contracts.ts";
import type { PlanSummary } from "../../functions/plan/plan-record.ts";

/** What the post-mortem of the bad code says: it wrote these attributes, it deleted orders, it made ghosts. */
const WRITTEN_BY_THE_BUG = ["currency", "total"];

/** The groups that look like the bug, and of the updated ones only the attributes that it writes. */
export function chooseGroups({ counts }: PlanSummary): GroupChoice[] {
  return counts.groups.flatMap(({ kind, attributes }): GroupChoice[] => {
    if (kind === "reset") return [];
    if (kind !== "updated") return [{ kind, attributes: [...attributes] }];
    const revert = attributes.filter((name) => WRITTEN_BY_THE_BUG.includes(name));
    return revert.length === WRITTEN_BY_THE_BUG.length ? [{ kind, attributes: [...attributes], revert }] : [];
  });
}
