import type { RecoveryRequest, Rules, StoredPlanRequest } from "../contracts.ts";
import type { PlanCounts } from "../repair/plan-counts.ts";
import type { Recovery } from "../runtime/recovery.ts";

/** Requests that go on from a plan, as they can be handed to StartExecution. */
export interface NextRequests {
  /** Carries out exactly this plan; groups are chosen at its approval. */
  readonly thisPlan: Pick<StoredPlanRequest, "plan">;
  /**
   * Plans anew from the same evidence, with the groups that look like the bug: cut down the list and start it. Left out
   * where the keys were listed in the request: those are not kept where this is.
   */
  readonly chosenGroups?: Partial<RecoveryRequest>;
}

/** What `look` is for: its output is the next request. */
export function nextRequests(recovery: Recovery, rules: Rules, { groups }: PlanCounts): NextRequests {
  const { recoveryId, evidenceFrom, keySource, request, undoOf } = recovery;
  const thisPlan = { plan: recoveryId };
  const chosen = groups.flatMap(({ kind, attributes, keyShape }) =>
    kind === "reset" ? [] : [{ kind, attributes: [...attributes], keyShape }],
  );
  if (keySource === "list" || undoOf !== undefined || request.deleteOnly || chosen.length === 0) return { thisPlan };
  const { attributes, damagedWhen, conflicts, created } = rules;
  return {
    thisPlan,
    chosenGroups: {
      table: request.table,
      evidence: { from: evidenceFrom ?? recoveryId },
      ...(request.keysFrom ? { keysFrom: request.keysFrom } : {}),
      ...(request.tenants ? { tenants: request.tenants } : {}),
      ...(attributes ? { attributes } : {}),
      ...(damagedWhen === undefined ? {} : { damagedWhen }),
      conflicts,
      created,
      groups: chosen,
    },
  };
}
