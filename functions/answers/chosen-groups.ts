import type { PlanSummary } from "../plan/plan-record.ts";
import type { GroupChoice } from "../repair/rules.ts";
import { InvalidAnswer } from "../runtime/errors.ts";

type Groups = PlanSummary["counts"]["groups"];
type Group = Groups[number];

/** Every choice picks a group of the plan, and no two of them the same one: a typo must not choose nothing in silence. */
export function checkChosenGroups(recoveryId: string, chosen: readonly GroupChoice[], { counts }: PlanSummary): void {
  for (const [index, choice] of chosen.entries()) {
    if (!counts.groups.some((group) => picks(choice, group)))
      throw new InvalidAnswer(
        `Group ${named(choice)} is not in the plan of recovery "${recoveryId}": it has ${[...new Set(counts.groups.map(named))].join("; ") || "none"}.`,
      );
    const twice = chosen
      .slice(0, index)
      .some((earlier) => counts.groups.some((g) => picks(earlier, g) && picks(choice, g)));
    if (twice)
      throw new InvalidAnswer(
        `Group ${named(choice)} is chosen twice in the answer to recovery "${recoveryId}": leave one of the two out.`,
      );
    const stranger = choice.revert?.find((name) => !choice.attributes.includes(name));
    if (stranger !== undefined)
      throw new InvalidAnswer(
        `Group ${named(choice)} can't revert "${stranger}", which it did not change: name some of its own attributes.`,
      );
  }
}

/** Deletes of the chosen groups that only a frozen table makes safe. */
export function deletesOfChosen(chosen: readonly GroupChoice[], plan: PlanSummary): number {
  return plan.counts.groups
    .filter((group) => chosen.some((choice) => picks(choice, group)))
    .reduce((sum, { id }) => sum + (plan.deletesThatNeedFreeze[id] ?? 0), 0);
}

function picks(choice: GroupChoice, group: Group): boolean {
  const sameShape = choice.keyShape === undefined || choice.keyShape === group.keyShape;
  return sameShape && choice.kind === group.kind && sorted(choice.attributes) === sorted(group.attributes);
}

/** `updated [currency, total]`: as a person finds it in the plan. */
function named({ kind, attributes, keyShape }: Pick<GroupChoice, "kind" | "attributes" | "keyShape">): string {
  return `${kind} [${[...attributes].sort().join(", ")}]${keyShape === undefined ? "" : ` of keys ${keyShape}`}`;
}

function sorted(names: readonly string[]): string {
  return JSON.stringify([...names].sort());
}
