import { attributeEquals, itemEquals } from "../items/equality.ts";
import { attributeOf, type Images, type Item } from "../items/item.ts";
import { changeOf, examinedNames, versionOnly } from "./change.ts";
import type { Judgement } from "./judgement.ts";
import { keyShape } from "./key-shape.ts";
import { computedNames } from "./plan-computed.ts";
import { planDecided } from "./plan-decided.ts";
import { planDelete } from "./plan-delete.ts";
import { planPut } from "./plan-put.ts";
import { decideAttributes, planUpdate } from "./plan-update.ts";
import type { Repair } from "./repair.ts";
import type { RepairRules } from "./rules.ts";
import { chosenGroup, mixedAttributes, wholeItemSelected } from "./selection.ts";
import { hasExpired } from "./time-to-live.ts";

const UNCHANGED: Repair = { action: "unchanged" };

/**
 * What is to be done to one item, from what is known of it. Pure: the same images and rules give the same repair,
 * so a choice made at approval is planned again from the images that the plan stored.
 */
export function planRepair(images: Images, rules: RepairRules, judgement: Judgement = {}): Repair {
  const { before, after, live } = images;
  if (rules.deleteOnly) return planReset(images, rules, judgement);
  if (judgement.decision) return planDecided(images, rules, judgement.decision);
  if (after !== undefined && itemEquals(before, after, versionOnly(rules))) return UNCHANGED;
  if (images.maybeNotOurs) return planDoubtful(images, rules);
  if (rules.damagedWhen && judgement.damaged !== true) return planSpared(images, rules);
  if (images.writtenAfterIncident) return planWrittenAfterIncident(images, rules);
  if (before === null) return live === null ? UNCHANGED : planCreated(images, live, rules);
  if (live === null) return after ? planDeletedSince(images, rules) : planDeleted(images, before, rules);
  if (after === null) {
    return itemEquals(live, before, versionOnly(rules)) ? UNCHANGED : { action: "conflict", reason: "recreated" };
  }
  return planUpdate(images, before, live, rules, judgement);
}

/** Deleted as it is, unless a predicate spares it. */
function planReset(images: Images, rules: RepairRules, { damaged }: Judgement): Repair {
  if (images.live === null) return UNCHANGED;
  if (rules.damagedWhen && damaged !== true) return { action: "not-damaged" };
  return planDelete(images, images.live, rules);
}

/** Of an undo: it may be another's write that stands there. */
function planDoubtful({ before, live }: Images, rules: RepairRules): Repair {
  const isAsBefore = itemEquals(before, live, versionOnly(rules));
  return isAsBefore ? UNCHANGED : { action: "conflict", reason: "maybe-not-ours" };
}

/** The predicate took the change for a good one. */
function planSpared(images: Images, rules: RepairRules): Repair {
  const isUnchanged =
    changeOf(images, rules) === undefined || itemEquals(images.before, images.live, versionOnly(rules));
  return isUnchanged ? UNCHANGED : { action: "not-damaged" };
}

/** `after` is not exact: only "before = after" and "live = before" decide, for the item or for each attribute. */
function planWrittenAfterIncident(images: Images, rules: RepairRules): Repair {
  const { before, after, live } = images;
  if (itemEquals(before, live, versionOnly(rules))) return UNCHANGED;
  if (before === null || live === null || !after) return { action: "conflict", reason: "written-after-incident" };
  const { revert, conflict } = decideAttributes(images, before, live, rules);
  // "live = before" decides nothing about an attribute that is computed.
  const computed = examinedNames(rules, before, after, live).filter(
    (name) => computedNames(rules).has(name) && !attributeEquals(attributeOf(before, name), attributeOf(after, name)),
  );
  const attributes = [...revert, ...conflict, ...computed].sort();
  return attributes.length === 0 ? UNCHANGED : { action: "conflict", reason: "written-after-incident", attributes };
}

/** The incident updated the item, and somebody deleted it since. */
function planDeletedSince(images: Images, rules: RepairRules): Repair {
  const change = changeOf(images, rules);
  if (change === undefined) return UNCHANGED;
  const isSuspect =
    rules.groups === undefined ||
    chosenGroup(change, shapeOf(images, rules), rules) !== undefined ||
    mixedAttributes(change, rules).length > 0;
  return isSuspect ? { action: "conflict", reason: "deleted-since" } : { action: "not-damaged" };
}

/** The item was there and is gone: put it back, unless its time had come. */
function planDeleted(images: Images, before: Item, rules: RepairRules): Repair {
  if (hasExpired(before, rules.ttlAttribute, rules.now)) return { action: "expired" };
  if (!isWholeItemSelected(images, rules)) return { action: "conflict", reason: "unselected" };
  return planPut(before, rules);
}

/** The item was not there and is now: the incident created it, or a customer did. */
function planCreated(images: Images, live: Item, rules: RepairRules): Repair {
  const selected = isWholeItemSelected(images, rules);
  const isGoodByChoice = rules.groups !== undefined && !selected;
  // Version included: the same attributes under a new number were written again.
  if (images.after !== undefined && !itemEquals(live, images.after)) {
    return isGoodByChoice ? { action: "created" } : { action: "conflict", reason: "changed-since" };
  }
  const isToDelete = rules.groups !== undefined || rules.created === "delete";
  return selected && isToDelete ? planDelete(images, live, rules) : { action: "created" };
}

function isWholeItemSelected(images: Images, rules: RepairRules): boolean {
  const change = changeOf(images, rules);
  const afterKnown = images.after !== undefined && !rules.beforeIsOlder;
  return change !== undefined && wholeItemSelected(change, shapeOf(images, rules), rules, afterKnown);
}

function shapeOf(images: Images, rules: RepairRules): string {
  return keyShape(images.before ?? images.live ?? {}, rules.keySchema);
}
