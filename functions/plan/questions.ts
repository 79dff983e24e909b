import { EarlierRepairs } from "../apply/earlier-repairs.ts";
import { readTaken } from "../apply/taken.ts";
import type { Decision, Rules } from "../contracts.ts";
import type { Item } from "../items/item.ts";
import { canonicalKey, typedKey } from "../items/key.ts";
import type { ItemDecision } from "../repair/judgement.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { namesIn } from "./computed-attributes.ts";
import { compileQuestions, type Questions } from "./judge.ts";

/** What PlanPart asks about each item of this recovery, by the rules of the round. */
export async function questionsOf(recovery: Recovery, rules: Rules, deps: Dependencies): Promise<Questions> {
  const decisions = await readDecisions(recovery, deps);
  const computed = namesIn(rules);
  const earlier = new EarlierRepairs(recovery, deps);
  return compileQuestions(rules, {
    decisionOf: (key) => decisions.get(canonicalKey(key, recovery.keySchema)),
    takenOf: async (key: Item) => {
      const taken = await readTaken(recovery, key, computed, deps);
      const others = computed.filter((name) => !taken.includes(name));
      return [...taken, ...(await earlier.putBack(key, others))];
    },
  });
}

/** From the copy of the request in S3: keys are item values, which records must not hold. */
async function readDecisions(recovery: Recovery, deps: Dependencies): Promise<Map<string, ItemDecision>> {
  const { keySource, keySchema, request } = recovery;
  // Items are decided on the evidence of the recovery that left them open.
  const isFollowUp = typeof request.evidence === "object" && "from" in request.evidence;
  if (keySource !== "list" || !isFollowUp) return new Map();
  const { decisions = [] } = await deps.artifacts.getJson<{ readonly decisions?: readonly Decision[] }>(
    await decidedIn(recovery, deps),
    "request.json",
  );
  return new Map(
    decisions.map(({ key, decision, attributes }) => [
      canonicalKey(typedKey(key, keySchema), keySchema),
      { decision, ...(attributes ? { attributes } : {}) },
    ]),
  );
}

/** The recovery that was asked for with these decisions: a stored plan may be one that executed a stored plan itself. */
async function decidedIn({ recoveryId, planFrom }: Recovery, deps: Dependencies): Promise<string> {
  return planFrom === undefined ? recoveryId : decidedIn(await deps.recoveries.load(planFrom), deps);
}
