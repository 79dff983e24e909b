import type { RepairSummary } from "../apply/repair-summary.ts";
import { MAX_INLINE_KEYS, type RecoveryRequest, type RequestKey } from "../contracts.ts";
import type { Recovery } from "../runtime/recovery.ts";

/** A request that decides what is left, item by item, on the same evidence. */
export type FollowUp = Pick<RecoveryRequest, "table" | "evidence" | "decisions">;

/**
 * Everything that is left is kept as it is until somebody decides otherwise: nothing is reverted by a request sent unread.
 * A decision names the attributes that are left: the others of the item may have been taken back since, a counter by its
 * difference, and must not be set to what they were.
 */
export function followUpOf(
  { recoveryId, evidence, table }: Recovery,
  { left, created }: Pick<RepairSummary, "left" | "created">,
): FollowUp | undefined {
  const open = [...left, ...created.map((key) => ({ key, attributes: undefined }))].slice(0, MAX_INLINE_KEYS);
  if (open.length === 0 || evidence === "none") return undefined;
  return {
    table: table.tableName,
    evidence: { from: recoveryId },
    decisions: open.map(({ key, attributes }) => ({
      key: key as RequestKey,
      decision: "keep",
      ...(attributes && attributes.length > 0 ? { attributes: [...attributes] } : {}),
    })),
  };
}
