import type { Change } from "./change.ts";
import type { GroupChoice, RepairRules } from "./rules.ts";

/** The chosen group that a change belongs to, if it was chosen. */
export function chosenGroup(change: Change, shape: string, rules: RepairRules): GroupChoice | undefined {
  return rules.groups?.find(
    (choice) =>
      choice.kind === change.kind &&
      (choice.keyShape === undefined || choice.keyShape === shape) &&
      // Items that were deleted or created are chosen as a kind: their sets of attributes mean nothing.
      (change.kind !== "updated" || sameNames(choice.attributes, change.attributes)),
  );
}

/** The attributes of an update that are damage by the selection; undefined where nothing selects the change. */
export function selectedAttributes(change: Change, shape: string, rules: RepairRules): readonly string[] | undefined {
  if (rules.groups !== undefined) {
    const choice = chosenGroup(change, shape, rules);
    return choice && change.attributes.filter((name) => choice.revert === undefined || choice.revert.includes(name));
  }
  const selected =
    rules.selection === "keys" ||
    rules.damagedWhen === true ||
    rules.attributes?.only !== undefined ||
    rules.acceptMayLoseGoodWrites;
  return selected ? change.attributes : undefined;
}

/** True if nothing but the two images says what to revert: neither `attributes.only` nor a chosen group names it. */
export function namesNothing(rules: RepairRules): boolean {
  return rules.attributes?.only === undefined && rules.groups === undefined;
}

/**
 * The attributes that make an update of an unchosen group suspect: it shares them with what a chosen group reverts,
 * or it lost them while deletions are chosen (deleted by the bug, then created anew by somebody).
 */
export function mixedAttributes(change: Change, rules: RepairRules): readonly string[] {
  const damaged = new Set<string>();
  for (const choice of rules.groups ?? []) {
    if (choice.kind === "updated") for (const name of choice.revert ?? choice.attributes) damaged.add(name);
    if (choice.kind === "deleted") for (const name of change.lost) damaged.add(name);
  }
  return change.attributes.filter((name) => damaged.has(name));
}

/** Putting or deleting a whole item needs its kind chosen, or keys or a predicate given with `after` known, or the accept. */
export function wholeItemSelected(change: Change, shape: string, rules: RepairRules, afterKnown: boolean): boolean {
  if (rules.groups !== undefined) return chosenGroup(change, shape, rules) !== undefined;
  const isPicked = rules.selection === "keys" || rules.damagedWhen === true;
  return (isPicked && afterKnown) || rules.acceptMayLoseGoodWrites;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  const names = new Set(a);
  return names.size === new Set(b).size && b.every((name) => names.has(name));
}
