import { canonicalKey } from "../../../../functions/items/key.ts";
import { type Attempt, applyRepair } from "../../../../functions/repair/apply-repair.ts";
import { guardedWrite } from "../../../../functions/repair/guard.ts";
import { planRepair } from "../../../../functions/repair/plan-repair.ts";
import { verifyRepair } from "../../../../functions/repair/verify-repair.ts";

/** The repair core as the checks see it: the real one, or one with a planted fault. */
export interface Core {
  readonly planRepair: typeof planRepair;
  readonly applyRepair: typeof applyRepair;
  readonly guardedWrite: typeof guardedWrite;
  readonly verifyRepair: typeof verifyRepair;
  readonly canonicalKey: typeof canonicalKey;
}

export const REAL_CORE: Core = { planRepair, applyRepair, guardedWrite, verifyRepair, canonicalKey };

export type { Attempt };
