import type { RepairRules } from "../repair/rules.ts";

/**
 * The rules under which everything counts as damage that an approver may choose: what changes nothing under these
 * changes nothing under any choice, and what writes under these may write.
 */
export function widestRules({ groups: _chosen, ...rules }: RepairRules): RepairRules {
  return { ...rules, selection: "keys", acceptMayLoseGoodWrites: true, created: "delete" };
}
