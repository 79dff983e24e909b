import { ATTRIBUTE_RULES } from "./rules/attributes.ts";
import { ITEM_ROWS } from "./rules/items.ts";
import { COMPUTED, DECIDED, DELTA, DOUBTFUL, PREDICATE, RESET } from "./rules/judged.ts";
import { LIMITS } from "./rules/limits.ts";
import type { PlanCase } from "./rules/plan-case.ts";
import { SELECTION } from "./rules/selection.ts";
import { VERSIONS } from "./rules/versions.ts";
import { WITHOUT_AFTER } from "./rules/without-after.ts";
import { WRITTEN_AFTER } from "./rules/written-after.ts";

/** Every line of the rules of planning. */
export const PLAN_CASES: readonly PlanCase[] = [
  ...ITEM_ROWS,
  ...ATTRIBUTE_RULES,
  ...WITHOUT_AFTER,
  ...SELECTION,
  ...WRITTEN_AFTER,
  ...VERSIONS,
  ...LIMITS,
  ...PREDICATE,
  ...DELTA,
  ...COMPUTED,
  ...DECIDED,
  ...RESET,
  ...DOUBTFUL,
];
