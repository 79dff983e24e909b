import type { StepOutput } from "../contracts.ts";
import type { PlanSummary } from "./plan-record.ts";

type Verdict = StepOutput<"SummarizePlan">["verdict"];

/** What is to be done about a plan. */
export function verdictOf({ counts, rules, conflicts }: PlanSummary): Verdict {
  if (isNothing(counts)) return "nothing";
  return rules.conflicts === "fail" && conflicts > 0 ? "conflict" : "repairable";
}

/** Nothing to write, and nothing that a person could decide: what was spared for good belongs to no group. */
function isNothing({ items, actions, groups }: PlanSummary["counts"]): boolean {
  const { unchanged = 0, expired = 0, "not-damaged": spared = 0 } = actions;
  return items === unchanged + expired + (groups.length === 0 ? spared : 0);
}
