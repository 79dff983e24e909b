import type { StepOutput } from "../contracts.ts";
import type { PlanSummary } from "./plan-record.ts";

type Verdict = StepOutput<"SummarizePlan">["verdict"];

/** What is to be done about a plan. */
export function verdictOf({ counts, rules, conflicts }: PlanSummary): Verdict {
  if (isNothing(counts)) return "nothing";
  return rules.conflicts === "fail" && conflicts > 0 ? "conflict" : "repairable";
}

/** Nothing to write, and nothing that a person could decide. */
function isNothing({ items, actions }: PlanSummary["counts"]): boolean {
  return items === (actions.unchanged ?? 0) + (actions.expired ?? 0);
}
