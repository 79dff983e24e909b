import { attributeEquals } from "../items/equality.ts";
import { attributeOf, type Images, type Item, withoutAttributes } from "../items/item.ts";
import { itemSize, MAX_ITEM_BYTES } from "../items/item-size.ts";
import { changeOf, examinedNames } from "./change.ts";
import { isGuardable } from "./guard.ts";
import { keyShape } from "./key-shape.ts";
import type { Repair, UpdateRepair } from "./repair.ts";
import type { RepairRules } from "./rules.ts";
import { mixedAttributes, namesNothing, selectedAttributes } from "./selection.ts";
import { isCountable, plannedVersion } from "./version.ts";

/** The attributes that are not left alone: to revert, and in conflict. */
export interface AttributeDecisions {
  readonly revert: readonly string[];
  readonly conflict: readonly string[];
}

/** The repair of an item that was there and still is, attribute by attribute. */
export function planUpdate(images: Images, before: Item, live: Item, rules: RepairRules): Repair {
  const open = decideAttributes(images, before, live, rules);
  const change = changeOf(images, rules);
  if (isEmpty(open) || change === undefined) return { action: "unchanged" };

  const isTwoWay = images.after === undefined && namesNothing(rules);
  if (isTwoWay && !rules.acceptMayLoseGoodWrites) {
    return { action: "conflict", reason: "two-way", attributes: open.revert };
  }
  const selected = selectedAttributes(change, keyShape(before, rules.keySchema), rules);
  if (selected === undefined) return planUnselected(open, mixedAttributes(change, rules), rules);

  const decided = among(open, selected);
  if (isEmpty(decided)) return { action: "unchanged" };
  const { revert, conflict } = decided;
  const isDecidable = conflict.length === 0 || rules.conflicts === "overwrite";
  if (!isDecidable && (rules.conflicts !== "merge" || revert.length === 0)) {
    return { action: "conflict", reason: "attributes", attributes: conflict };
  }
  const overwritten = rules.conflicts === "overwrite" ? conflict : [];
  return updateOf([...revert, ...overwritten].sort(), before, live, rules, {
    ...(overwritten.length > 0 ? { overwritten } : {}),
    ...(conflict.length > overwritten.length ? { left: conflict } : {}),
    ...(isTwoWay ? { twoWay: revert } : {}),
  });
}

/** Before = after: leave, whatever live is. Live = before: leave. Live = after: revert. Else somebody wrote since: conflict. */
export function decideAttributes(images: Images, before: Item, live: Item, rules: RepairRules): AttributeDecisions {
  const { after } = images;
  const revert: string[] = [];
  const conflict: string[] = [];
  for (const name of examinedNames(rules, before, after, live)) {
    const [was, is] = [attributeOf(before, name), attributeOf(live, name)];
    if (after && attributeEquals(was, attributeOf(after, name))) continue;
    if (attributeEquals(is, was)) continue;
    // Without `after` nobody can tell the bug's change from a later one: the caller asks who named the attribute.
    const isAsLeft = after === undefined || attributeEquals(is, attributeOf(after, name));
    (isAsLeft ? revert : conflict).push(name);
  }
  return { revert, conflict };
}

function planUnselected(open: AttributeDecisions, mixed: readonly string[], rules: RepairRules): Repair {
  if (rules.groups === undefined) {
    return { action: "conflict", reason: "unselected", attributes: [...open.revert, ...open.conflict].sort() };
  }
  const suspect = among(open, mixed);
  if (isEmpty(suspect)) return { action: "not-damaged" };
  return { action: "conflict", reason: "mixed", attributes: [...suspect.revert, ...suspect.conflict].sort() };
}

function updateOf(
  names: readonly string[],
  before: Item,
  live: Item,
  rules: RepairRules,
  notes: Pick<UpdateRepair, "left" | "overwritten" | "twoWay">,
): Repair {
  const version = plannedVersion(live, rules);
  if (version && !isCountable(version.live)) return { action: "unwritable", reason: "version-not-a-number" };
  const repair: UpdateRepair = {
    action: "update",
    set: Object.fromEntries(
      names.flatMap((name) => {
        const value = attributeOf(before, name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    remove: names.filter((name) => attributeOf(before, name) === undefined),
    expected: Object.fromEntries(names.map((name) => [name, attributeOf(live, name) ?? null])),
    guard: "attributes",
    ...(version ? { version } : {}),
    ...notes,
  };
  const repaired = { ...withoutAttributes(live, new Set(repair.remove)), ...repair.set };
  if (itemSize(repaired) > MAX_ITEM_BYTES) return { action: "unwritable", reason: "too-big" };
  if (isGuardable(repair, rules.keySchema)) return repair;
  const byVersion: UpdateRepair = { ...repair, guard: "version" };
  const isPinnable = version !== undefined && version.live !== null && isGuardable(byVersion, rules.keySchema);
  return isPinnable ? byVersion : { action: "conflict", reason: "too-wide-to-guard" };
}

function among({ revert, conflict }: AttributeDecisions, names: readonly string[]): AttributeDecisions {
  const chosen = new Set(names);
  return { revert: revert.filter((name) => chosen.has(name)), conflict: conflict.filter((name) => chosen.has(name)) };
}

function isEmpty({ revert, conflict }: AttributeDecisions): boolean {
  return revert.length === 0 && conflict.length === 0;
}
