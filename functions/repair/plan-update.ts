import { attributeEquals } from "../items/equality.ts";
import { attributeOf, type Images, type Item } from "../items/item.ts";
import { changeOf, examinedNames } from "./change.ts";
import type { Judgement } from "./judgement.ts";
import { keyShape } from "./key-shape.ts";
import { type ComputedAttributes, computeAttributes, computedNames } from "./plan-computed.ts";
import type { Repair } from "./repair.ts";
import type { RepairRules } from "./rules.ts";
import { mixedAttributes, namesNothing, selectedAttributes } from "./selection.ts";
import { updateOf } from "./update-of.ts";

/** The attributes that are not left alone: to revert, and in conflict. */
export interface AttributeDecisions {
  readonly revert: readonly string[];
  readonly conflict: readonly string[];
}

/** The repair of an item that was there and still is, attribute by attribute. */
export function planUpdate(
  images: Images,
  before: Item,
  live: Item,
  rules: RepairRules,
  judgement: Judgement = {},
): Repair {
  const open = decideAttributes(images, before, live, rules);
  const change = changeOf(images, rules);
  if (change === undefined) return { action: "unchanged" };
  const compute = (names: Iterable<string>) =>
    computeAttributes(images, before, live, rules, judgement, new Set(names));
  if (isEmpty(open) && isNothing(compute(computedNames(rules)))) return { action: "unchanged" };

  const isTwoWay = (images.after === undefined || rules.beforeIsOlder === true) && namesNothing(rules);
  if (isTwoWay && !rules.acceptMayLoseGoodWrites) {
    return { action: "conflict", reason: "two-way", attributes: open.revert };
  }
  const selected = selectedAttributes(change, keyShape(before, rules.keySchema), rules);
  if (selected === undefined) {
    const mixed = mixedAttributes(change, rules);
    return planUnselected(open, among(open, mixed), namesOf(compute(mixed)), rules);
  }

  const decided = among(open, selected);
  // Also what the incident did not change; but not what it changed and the choice leaves out.
  const isLeftOut = (name: string) => change.attributes.includes(name) && !selected.includes(name);
  const set = (rules.attributes?.set ?? []).filter((name) => !isLeftOut(name));
  const computed = compute([...selected, ...set]);
  if (isEmpty(decided) && isNothing(computed)) return { action: "unchanged" };
  if (computed.outOfRange.length > 0) return { action: "unwritable", reason: "number-out-of-range" };
  const { revert, conflict } = decided;
  const isLeaving = rules.conflicts === "merge" && revert.length + computed.targets.size > 0;
  const [incomputable] = computed.conflicts;
  if (incomputable && !isLeaving)
    return { action: "conflict", reason: incomputable[1], attributes: [...computed.conflicts.keys()].sort() };
  if (conflict.length > 0 && rules.conflicts !== "overwrite" && !isLeaving)
    return { action: "conflict", reason: "attributes", attributes: conflict };
  const overwritten = rules.conflicts === "overwrite" ? conflict : [];
  const left = [...(rules.conflicts === "overwrite" ? [] : conflict), ...computed.conflicts.keys()].sort();
  const targets = new Map([...revert, ...overwritten].map((name) => [name, attributeOf(before, name) ?? null]));
  for (const [name, value] of computed.targets) targets.set(name, value);
  return updateOf(new Map([...targets].sort(([a], [b]) => (a < b ? -1 : 1))), live, rules, {
    ...(overwritten.length > 0 ? { overwritten } : {}),
    ...(left.length > 0 ? { left } : {}),
    ...(computed.targets.size > 0 ? { computed: [...computed.targets.keys()].sort() } : {}),
    ...(isTwoWay ? { twoWay: revert } : {}),
  });
}

/** Before = after: leave, whatever live is. Live = before: leave. Live = after: revert. Else somebody wrote since: conflict. */
export function decideAttributes(images: Images, before: Item, live: Item, rules: RepairRules): AttributeDecisions {
  const { after } = images;
  const revert: string[] = [];
  const conflict: string[] = [];
  const computed = computedNames(rules);
  for (const name of examinedNames(rules, before, after, live)) {
    if (computed.has(name)) continue;
    const [was, is] = [attributeOf(before, name), attributeOf(live, name)];
    if (after && attributeEquals(was, attributeOf(after, name))) continue;
    if (attributeEquals(is, was)) continue;
    // Without `after` nobody can tell the bug's change from a later one: the caller asks who named the attribute.
    const isAsLeft = after === undefined || attributeEquals(is, attributeOf(after, name));
    (isAsLeft ? revert : conflict).push(name);
  }
  return { revert, conflict };
}

/** Nothing selects the change; `suspect` of it, and `computed`, are what it shares with a chosen group. */
function planUnselected(
  open: AttributeDecisions,
  suspect: AttributeDecisions,
  computed: readonly string[],
  rules: RepairRules,
): Repair {
  if (rules.groups === undefined) {
    return { action: "conflict", reason: "unselected", attributes: [...open.revert, ...open.conflict].sort() };
  }
  const attributes = [...suspect.revert, ...suspect.conflict, ...computed].sort();
  return attributes.length === 0 ? { action: "not-damaged" } : { action: "conflict", reason: "mixed", attributes };
}

function among({ revert, conflict }: AttributeDecisions, names: readonly string[]): AttributeDecisions {
  const chosen = new Set(names);
  return { revert: revert.filter((name) => chosen.has(name)), conflict: conflict.filter((name) => chosen.has(name)) };
}

function namesOf({ targets, conflicts, outOfRange }: ComputedAttributes): string[] {
  return [...targets.keys(), ...conflicts.keys(), ...outOfRange];
}

function isNothing(computed: ComputedAttributes): boolean {
  return namesOf(computed).length === 0;
}

function isEmpty({ revert, conflict }: AttributeDecisions): boolean {
  return revert.length === 0 && conflict.length === 0;
}
