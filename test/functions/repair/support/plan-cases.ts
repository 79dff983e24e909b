import type { Images } from "../../../../functions/items/item.ts";
import type { Repair } from "../../../../functions/repair/repair.ts";
import type { GroupChoice, RepairRules } from "../../../../functions/repair/rules.ts";
import { images, item, NOW, rules } from "./items.ts";

/** Fields that a repair must have; others are not looked at. */
type Expected = Readonly<{ action?: Repair["action"] } & Record<string, unknown>>;

/** One line of the rules: what is known of an item, and what must be planned. Only the given fields are compared. */
export interface PlanCase {
  readonly title: string;
  readonly images: Images;
  readonly rules: RepairRules;
  readonly repair: Expected;
}

const byKeys = rules();
const deleting = rules({ created: "delete" });
const merging = rules({ conflicts: "merge" });
const overwriting = rules({ conflicts: "overwrite" });
const unselected = rules({ selection: "none" });
const accepting = rules({ selection: "none", acceptMayLoseGoodWrites: true, created: "delete" });
const versioned = rules({ versionAttribute: "v", created: "delete" });
const expiring = rules({ ttlAttribute: "ttl" });

function choosing(...groups: GroupChoice[]): RepairRules {
  return rules({ selection: "none", groups });
}
const updatedA: GroupChoice = { kind: "updated", attributes: ["a"] };
const deletedItems: GroupChoice = { kind: "deleted", attributes: [] };
const createdItems: GroupChoice = { kind: "created", attributes: [] };

const unchanged = { action: "unchanged" } as const;
const created = { action: "created" } as const;
function conflict(reason: (Repair & { action: "conflict" })["reason"], ...attributes: string[]): Expected {
  return { action: "conflict", reason, ...(attributes.length > 0 ? { attributes } : {}) };
}
function update(set: Record<string, number>, ...remove: string[]): Expected {
  const { id: _, ...values } = item(set);
  return { action: "update", set: values, remove };
}

function plan(title: string, what: Images, by: RepairRules, repair: Expected): PlanCase {
  return { title, images: what, rules: by, repair };
}

const wide = Object.fromEntries(Array.from({ length: 151 }, (_, index) => [`a${index}`, index]));
const widelyDamaged = Object.fromEntries(Object.keys(wide).map((name) => [name, -1]));

/** Every row of the table of items. */
export const ITEM_ROWS: readonly PlanCase[] = [
  plan("before = after: the incident did not touch it", images({ a: 1 }, { a: 1 }, { a: 2 }), byKeys, unchanged),
  plan("before = after as decimals", images({ a: { N: "1.0" } }, { a: { N: "1" } }, { a: 2 }), byKeys, unchanged),
  plan("before = after, deleted since", images({ a: 1 }, { a: 1 }, null), byKeys, unchanged),
  plan("before and after absent, created since", images(null, null, { a: 1 }), deleting, unchanged),
  plan("present throughout: by attribute", images({ a: 1 }, { a: 2 }, { a: 2 }), byKeys, update({ a: 1 })),
  plan("present, all attributes left", images({ a: 1 }, { a: 2 }, { a: 1 }), byKeys, unchanged),
  plan("deleted, and back as it was", images({ a: 1 }, null, { a: 1 }), byKeys, unchanged),
  plan("deleted, and created otherwise since", images({ a: 1 }, null, { a: 2 }), byKeys, conflict("recreated")),
  plan("deleted", images({ a: 1 }, null, null), byKeys, { action: "put", item: item({ a: 1 }) }),
  plan("gone, after unknown", images({ a: 1 }, undefined, null), accepting, { action: "put", item: item({ a: 1 }) }),
  plan("deleted, TTL passed", images({ ttl: NOW }, null, null), expiring, { action: "expired" }),
  plan("deleted, TTL to come", images({ ttl: NOW + 1 }, null, null), expiring, { action: "put" }),
  plan("deleted, TTL of no number", images({ ttl: "soon" }, null, null), expiring, { action: "put" }),
  plan("updated, and deleted since", images({ a: 1 }, { a: 2 }, null), byKeys, conflict("deleted-since")),
  plan("created, reported", images(null, { a: 1 }, { a: 1 }), byKeys, created),
  plan("created, deleted by rule", images(null, { a: 1 }, { a: 1 }), deleting, {
    action: "delete",
    expected: item({ a: 1 }),
    absent: [],
    needsFreeze: true,
  }),
  plan("created, and written since", images(null, { a: 1 }, { a: 2 }), deleting, conflict("changed-since")),
  plan("created, and gained an attribute", images(null, { a: 1 }, { a: 1, b: 1 }), deleting, conflict("changed-since")),
  plan("created, after unknown", images(null, undefined, { a: 1 }), deleting, created),
  plan("created, and gone", images(null, { a: 1 }, null), deleting, unchanged),
  plan("absent throughout, after unknown", images(null, undefined, null), deleting, unchanged),
];

/** Every rule for attributes of an item that stays. */
export const ATTRIBUTE_RULES: readonly PlanCase[] = [
  plan("reverts what is as the incident left it", images({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 2, b: 3 }), byKeys, {
    ...update({ a: 1 }),
    expected: { a: { N: "2" } },
  }),
  plan("puts back a lost attribute", images({ a: 1, b: 1 }, { b: 1 }, { b: 1 }), byKeys, {
    ...update({ a: 1 }),
    expected: { a: null },
  }),
  plan("removes an added attribute", images({}, { a: 1 }, { a: 1 }), byKeys, update({}, "a")),
  plan(
    "leaves what somebody put right",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 1, b: 2 }),
    byKeys,
    update({ b: 1 }),
  ),
  plan("leaves a good new attribute", images({ a: 1 }, { a: 2 }, { a: 2, n: 1 }), byKeys, update({ a: 1 })),
  plan("conflict where written since", images({ a: 1 }, { a: 2 }, { a: 3 }), byKeys, conflict("attributes", "a")),
  plan("conflict where removed since", images({ a: 1 }, { a: 2 }, {}), byKeys, conflict("attributes", "a")),
  plan(
    "skip leaves the whole item",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3, b: 2 }),
    byKeys,
    conflict("attributes", "a"),
  ),
  plan(
    "fail leaves the whole item",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3, b: 2 }),
    rules({ conflicts: "fail" }),
    conflict("attributes", "a"),
  ),
  plan("merge reverts the others", images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3, b: 2 }), merging, {
    ...update({ b: 1 }),
    left: ["a"],
  }),
  plan("merge with nothing left to revert", images({ a: 1 }, { a: 2 }, { a: 3 }), merging, conflict("attributes", "a")),
  plan("overwrite reverts them all", images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3, b: 2 }), overwriting, {
    ...update({ a: 1, b: 1 }),
    expected: { a: { N: "3" }, b: { N: "2" } },
    overwritten: ["a"],
  }),
  plan("overwrite is not for items", images({ a: 1 }, null, { a: 2 }), overwriting, conflict("recreated")),
  plan("overwrite does not raise the dead", images({ a: 1 }, { a: 2 }, null), overwriting, conflict("deleted-since")),
  plan(
    "only: the others are not examined",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 2, b: 3 }),
    rules({ attributes: { only: ["a"] } }),
    update({ a: 1 }),
  ),
  plan(
    "only: nothing else changed is unchanged",
    images({ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 1, b: 2 }),
    rules({ attributes: { only: ["a"] } }),
    unchanged,
  ),
  plan(
    "except: those are not examined",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 2, b: 2 }),
    rules({ attributes: { except: ["a"] } }),
    update({ b: 1 }),
  ),
  plan(
    "only selects, without keys",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 2, b: 2 }),
    rules({ selection: "none", attributes: { only: ["a"] } }),
    update({ a: 1 }),
  ),
  plan(
    "only does not select whole items",
    images({ a: 1 }, null, null),
    rules({ selection: "none", attributes: { only: ["a"] } }),
    conflict("unselected"),
  ),
];

/** What is done when nobody knows how the incident left the item. */
export const WITHOUT_AFTER: readonly PlanCase[] = [
  plan("two images decide nothing", images({ a: 1 }, undefined, { a: 2, n: 1 }), byKeys, conflict("two-way", "a", "n")),
  plan("live = before needs no decision", images({ a: 1 }, undefined, { a: 1 }), byKeys, unchanged),
  plan("the accept reverts every difference", images({ a: 1 }, undefined, { a: 2, n: 1 }), accepting, {
    ...update({ a: 1 }, "n"),
    twoWay: ["a", "n"],
  }),
  plan(
    "named attributes alone are reverted",
    images({ a: 1 }, undefined, { a: 2, n: 1 }),
    rules({ attributes: { only: ["a"] } }),
    update({ a: 1 }),
  ),
  plan(
    "named attributes alone, the accept notwithstanding",
    images({ a: 1 }, undefined, { a: 2, n: 1 }),
    rules({ attributes: { only: ["a"] }, acceptMayLoseGoodWrites: true }),
    update({ a: 1 }),
  ),
  plan(
    "except names nothing",
    images({ a: 1 }, undefined, { a: 2, n: 1 }),
    rules({ attributes: { except: ["n"] } }),
    conflict("two-way", "a"),
  ),
  plan(
    "a chosen group names its attributes",
    images({ a: 1 }, undefined, { a: 2 }),
    choosing(updatedA),
    update({ a: 1 }),
  ),
  plan(
    "a chosen group names what to revert",
    images({ a: 1 }, undefined, { a: 2, n: 1 }),
    choosing({ kind: "updated", attributes: ["a", "n"], revert: ["a"] }),
    update({ a: 1 }),
  ),
  plan("keys do not put whole items", images({ a: 1 }, undefined, null), byKeys, conflict("unselected")),
  plan("a chosen kind puts them", images({ a: 1 }, undefined, null), choosing(deletedItems), { action: "put" }),
  plan("a chosen kind deletes", images(null, undefined, { a: 1 }), choosing(createdItems), { action: "delete" }),
  plan("the accept deletes by rule", images(null, undefined, { a: 1 }), accepting, { action: "delete" }),
  plan(
    "the accept deletes nothing without the rule",
    images(null, undefined, { a: 1 }),
    rules({ acceptMayLoseGoodWrites: true }),
    created,
  ),
];

/** Changed is not damaged. */
export const SELECTION: readonly PlanCase[] = [
  plan("nothing selected: updates", images({ a: 1 }, { a: 2 }, { a: 2 }), unselected, conflict("unselected", "a")),
  plan("nothing selected: deleted", images({ a: 1 }, null, null), unselected, conflict("unselected")),
  plan(
    "nothing selected: created",
    images(null, { a: 1 }, { a: 1 }),
    rules({ selection: "none", created: "delete" }),
    created,
  ),
  plan(
    "tenants only narrow",
    images({ a: 1 }, { a: 2 }, { a: 2 }),
    rules({ selection: "tenants" }),
    conflict("unselected", "a"),
  ),
  plan("a chosen group is reverted", images({ a: 1 }, { a: 2 }, { a: 2 }), choosing(updatedA), update({ a: 1 })),
  plan("an unchosen group is good", images({ b: 1 }, { b: 2 }, { b: 2 }), choosing(updatedA), {
    action: "not-damaged",
  }),
  plan(
    "an unchosen group with a chosen attribute",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 2, b: 2 }),
    choosing(updatedA),
    conflict("mixed", "a"),
  ),
  plan(
    "sharing what is not reverted is not mixed",
    images({ b: 1 }, { b: 2 }, { b: 2 }),
    choosing({ kind: "updated", attributes: ["a", "b"], revert: ["a"] }),
    { action: "not-damaged" },
  ),
  plan(
    "an unchosen update that lost an attribute",
    images({ b: 1, c: 1 }, { c: 1 }, { c: 1 }),
    choosing(deletedItems),
    conflict("mixed", "b"),
  ),
  plan("an unchosen update that lost none", images({ b: 1 }, { b: 2 }, { b: 2 }), choosing(deletedItems), {
    action: "not-damaged",
  }),
  plan("mixed, but put right already", images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 1, b: 2 }), choosing(updatedA), {
    action: "not-damaged",
  }),
  plan("an unchosen kind is not put", images({ a: 1 }, null, null), choosing(updatedA), conflict("unselected")),
  plan("a chosen kind is put", images({ a: 1 }, null, null), choosing(deletedItems), { action: "put" }),
  plan("unchosen created items stay", images(null, { a: 1 }, { a: 1 }), choosing(updatedA), created),
  plan("unchosen created items stay, changed or not", images(null, { a: 1 }, { a: 2 }), choosing(updatedA), created),
  plan("chosen created items go", images(null, { a: 1 }, { a: 1 }), choosing(createdItems), { action: "delete" }),
  plan(
    "chosen created items, written since",
    images(null, { a: 1 }, { a: 2 }),
    choosing(createdItems),
    conflict("changed-since"),
  ),
  plan(
    "a group of another key shape",
    images({ a: 1 }, { a: 2 }, { a: 2 }),
    choosing({ ...updatedA, keyShape: "id=X" }),
    {
      action: "conflict",
      reason: "mixed",
    },
  ),
  plan("an unchosen update, deleted since", images({ b: 1 }, { b: 2 }, null), choosing(updatedA), {
    action: "not-damaged",
  }),
  plan(
    "a chosen update, deleted since",
    images({ a: 1 }, { a: 2 }, null),
    choosing(updatedA),
    conflict("deleted-since"),
  ),
  plan("groups decide even where keys are given", images({ b: 1 }, { b: 2 }, { b: 2 }), rules({ groups: [updatedA] }), {
    action: "not-damaged",
  }),
];

const late = { writtenAfterIncident: true } as const;

/** Written after the incident: what it left is not known exactly. */
export const WRITTEN_AFTER: readonly PlanCase[] = [
  plan("before = after decides", images({ a: 1 }, { a: 1 }, { a: 2 }, late), byKeys, unchanged),
  plan("live = before decides", images({ a: 1 }, { a: 2 }, { a: 1 }, late), byKeys, unchanged),
  plan("attribute by attribute", images({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 1, b: 2 }, late), byKeys, unchanged),
  plan(
    "live = after does not",
    images({ a: 1 }, { a: 2 }, { a: 2 }, late),
    overwriting,
    conflict("written-after-incident", "a"),
  ),
  plan("nor for a deleted item", images({ a: 1 }, null, null, late), byKeys, conflict("written-after-incident")),
  plan("nor for a created one", images(null, { a: 1 }, { a: 1 }, late), deleting, conflict("written-after-incident")),
];

/** A declared versionAttribute. */
export const VERSIONS: readonly PlanCase[] = [
  plan("is no change", images({ a: 1, v: 1 }, { a: 1, v: 2 }, { a: 2, v: 3 }), versioned, unchanged),
  plan("is never reverted", images({ a: 1, v: 1 }, { a: 2, v: 2 }, { a: 2, v: 3 }), versioned, {
    ...update({ a: 1 }),
    expected: { a: { N: "2" } },
    version: { attribute: "v", live: { N: "3" } },
  }),
  plan("is no conflict", images({ a: 1, v: 1 }, null, { a: 1, v: 9 }), versioned, unchanged),
  plan("is raised by a million on a put", images({ a: 1, v: 7 }, null, null), versioned, {
    action: "put",
    item: item({ a: 1, v: 1_000_007 }),
  }),
  plan("is given to an item that had none", images({ a: 1 }, null, null), versioned, {
    action: "put",
    item: item({ a: 1, v: 1_000_000 }),
  }),
  plan("shows that a created item was written", images(null, { a: 1, v: 1 }, { a: 1, v: 2 }), versioned, {
    action: "conflict",
    reason: "changed-since",
  }),
  plan("makes a delete safe without a freeze", images(null, { a: 1, v: 1 }, { a: 1, v: 1 }), versioned, {
    action: "delete",
    needsFreeze: false,
    version: { attribute: "v", live: { N: "1" } },
  }),
  plan("does not, where the item has none", images(null, { a: 1 }, { a: 1 }), versioned, {
    action: "delete",
    needsFreeze: true,
  }),
  plan("that is no number can't be raised", images({ a: 1 }, { a: 2, v: "x" }, { a: 2, v: "x" }), versioned, {
    action: "unwritable",
    reason: "version-not-a-number",
  }),
  plan("that is no number can't be put", images({ a: 1, v: "x" }, null, null), versioned, { action: "unwritable" }),
];

/** What no guard can hold, and what no item can hold. */
export const LIMITS: readonly PlanCase[] = [
  plan("151 attributes are too many to guard", images(wide, widelyDamaged, widelyDamaged), byKeys, {
    action: "conflict",
    reason: "too-wide-to-guard",
  }),
  plan(
    "the version stands for too many attributes",
    images({ ...wide, v: 1 }, { ...widelyDamaged, v: 2 }, { ...widelyDamaged, v: 3 }),
    versioned,
    { action: "update", guard: "version" },
  ),
  plan("a wide created item", images(null, wide, wide), deleting, { action: "conflict", reason: "too-wide-to-guard" }),
  plan("a wide created item with a version", images(null, { ...wide, v: 1 }, { ...wide, v: 1 }), versioned, {
    action: "delete",
    guard: "version",
  }),
  plan(
    "a good big write and a lost big attribute",
    images({ a: "x".repeat(300_000) }, {}, { n: "y".repeat(200_000) }),
    byKeys,
    { action: "unwritable", reason: "too-big" },
  ),
];

export const PLAN_CASES: readonly PlanCase[] = [
  ...ITEM_ROWS,
  ...ATTRIBUTE_RULES,
  ...WITHOUT_AFTER,
  ...SELECTION,
  ...WRITTEN_AFTER,
  ...VERSIONS,
  ...LIMITS,
];
