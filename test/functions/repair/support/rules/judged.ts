import { images, item, rules } from "../items.ts";
import { conflict, deletedItems, type PlanCase, plan, unchanged, update, updatedA } from "./plan-case.ts";

const predicate = rules({ selection: "none", damagedWhen: true });
const bad = { damaged: true };
const good = { damaged: false };
const notDamaged = { action: "not-damaged" } as const;

/** What a predicate says selects items, and never attributes. */
export const PREDICATE: readonly PlanCase[] = [
  plan("what it picks is reverted", images({ a: 1 }, { a: 2 }, { a: 2 }), predicate, update({ a: 1 }), bad),
  plan("what it spares is left", images({ a: 1 }, { a: 2 }, { a: 2 }), predicate, notDamaged, good),
  plan("what it was not asked about is left", images({ a: 1 }, { a: 2 }, { a: 2 }), predicate, notDamaged),
  plan(
    "what nobody touched is unchanged, whatever it says",
    images({ a: 1 }, { a: 1 }, { a: 3 }),
    predicate,
    unchanged,
    bad,
  ),
  plan("what was put right is unchanged", images({ a: 1 }, { a: 2 }, { a: 1 }), predicate, unchanged, good),
  plan("a picked deleted item is put back", images({ a: 1 }, null, null), predicate, { action: "put" }, bad),
  plan("a spared deleted item stays away", images({ a: 1 }, null, null), predicate, notDamaged, good),
  plan("a picked created item is reported", images(null, { a: 1 }, { a: 1 }), predicate, { action: "created" }, bad),
  plan(
    "a picked created item is deleted where the rules say so",
    images(null, { a: 1 }, { a: 1 }),
    rules({ selection: "none", damagedWhen: true, created: "delete" }),
    { action: "delete" },
    bad,
  ),
  plan(
    "a spared created item is never deleted",
    images(null, { a: 1 }, { a: 1 }),
    rules({ selection: "keys", damagedWhen: true, created: "delete" }),
    notDamaged,
    good,
  ),
  plan(
    "it names no attribute: two images still decide nothing",
    images({ a: 1 }, undefined, { a: 2 }),
    predicate,
    conflict("two-way", "a"),
    bad,
  ),
  plan(
    "it does not select whole items while after is unknown",
    images({ a: 1 }, undefined, null),
    predicate,
    conflict("unselected"),
    bad,
  ),
  plan(
    "with groups both must hold: picked, but of another group",
    images({ b: 1 }, { b: 2 }, { b: 2 }),
    rules({ selection: "none", damagedWhen: true, groups: [updatedA] }),
    notDamaged,
    bad,
  ),
  plan(
    "with groups both must hold: of the group, but spared",
    images({ a: 1 }, { a: 2 }, { a: 2 }),
    rules({ selection: "none", damagedWhen: true, groups: [updatedA] }),
    notDamaged,
    good,
  ),
  plan(
    "a spared item is not mixed either",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 2, b: 2 }),
    rules({ selection: "none", damagedWhen: true, groups: [updatedA, deletedItems] }),
    notDamaged,
    good,
  ),
];

const delta = rules({ attributes: { only: ["c"], delta: ["c"] } });

/** Counters: the difference goes, what came before and after the window stays. */
export const DELTA: readonly PlanCase[] = [
  plan("takes the difference off what it is now", images({ c: 10 }, { c: 110 }, { c: 115 }), delta, {
    ...update({ c: 15 }),
    expected: { c: { N: "115" } },
    computed: ["c"],
  }),
  plan("gives back what was taken too much", images({ c: 10 }, { c: -90 }, { c: -85 }), delta, update({ c: 15 })),
  plan("live = before decides nothing", images({ c: 10 }, { c: 110 }, { c: 10 }), delta, update({ c: -90 })),
  plan("a counter that the incident left is left", images({ c: 10 }, { c: 10 }, { c: 99 }), delta, unchanged),
  plan(
    "keeps 38 digits",
    images(
      { c: { N: "12345678901234567890123456789012345678" } },
      { c: { N: "12345678901234567890123456789012345679" } },
      { c: { N: "12345678901234567890123456789012345680" } },
    ),
    delta,
    { action: "update", set: { c: { N: "12345678901234567890123456789012345679" } } },
  ),
  plan("has no floating point", images({ c: { N: "0.1" } }, { c: { N: "0.3" } }, { c: { N: "0.4" } }), delta, {
    set: { c: { N: "0.2" } },
  }),
  plan(
    "what DynamoDB can't hold is unwritable",
    images({ c: { N: "1" } }, { c: { N: "1.00000000001" } }, { c: { N: "100000000000000000000000000000000000" } }),
    delta,
    { action: "unwritable", reason: "number-out-of-range" },
  ),
  plan("an absent counter is no zero", images({}, { c: 5 }, { c: 6 }), delta, conflict("not-a-number", "c")),
  plan(
    "a counter that is text is no number",
    images({ c: 1 }, { c: "x" }, { c: "x" }),
    delta,
    conflict("not-a-number", "c"),
  ),
  plan("a lost counter is no number", images({ c: 1 }, {}, {}), delta, conflict("not-a-number", "c")),
  plan(
    "without after there is no difference",
    images({ c: 1 }, undefined, { c: 5 }),
    delta,
    conflict("after-unknown", "c"),
  ),
  plan(
    "what was taken is not taken again",
    images({ c: 1 }, { c: 5 }, { c: 5 }),
    delta,
    conflict("already-taken", "c"),
    {
      taken: ["c"],
    },
  ),
  plan(
    "other attributes are put back beside it",
    images({ c: 1, a: 1 }, { c: 5, a: 2 }, { c: 7, a: 2 }),
    rules({ attributes: { only: ["a", "c"], delta: ["c"] } }),
    { ...update({ a: 1, c: 3 }), computed: ["c"] },
  ),
  plan(
    "skip leaves the whole item where another attribute is in conflict",
    images({ c: 1, a: 1 }, { c: 5, a: 2 }, { c: 7, a: 3 }),
    rules({ attributes: { only: ["a", "c"], delta: ["c"] } }),
    conflict("attributes", "a"),
  ),
  plan(
    "merge takes the difference and leaves the conflict",
    images({ c: 1, a: 1 }, { c: 5, a: 2 }, { c: 7, a: 3 }),
    rules({ conflicts: "merge", attributes: { only: ["a", "c"], delta: ["c"] } }),
    { ...update({ c: 3 }), left: ["a"], computed: ["c"] },
  ),
  plan(
    "merge reverts the others and leaves a counter that can't be taken back",
    images({ c: 1, a: 1 }, { c: 5, a: 2 }, { c: 7, a: 2 }),
    rules({ conflicts: "merge", attributes: { only: ["a", "c"], delta: ["c"] } }),
    { ...update({ a: 1 }), left: ["c"] },
    { taken: ["c"] },
  ),
  plan(
    "a group that was not chosen keeps its counter",
    images({ c: 1 }, { c: 5 }, { c: 7 }),
    rules({ selection: "none", attributes: { only: ["c"], delta: ["c"] }, groups: [updatedA] }),
    notDamaged,
  ),
  plan(
    "a group that was not chosen, but shares the counter, is mixed",
    images({ c: 1, a: 1 }, { c: 5, a: 2 }, { c: 7, a: 2 }),
    rules({
      selection: "none",
      attributes: { only: ["a", "c"], delta: ["c"] },
      groups: [{ kind: "updated", attributes: ["c"] }],
    }),
    conflict("mixed", "c"),
  ),
  plan(
    "a group whose counter is left as it is keeps it",
    images({ c: 1, a: 1 }, { c: 5, a: 2 }, { c: 7, a: 2 }),
    rules({
      selection: "none",
      attributes: { only: ["a", "c"], delta: ["c"] },
      groups: [{ kind: "updated", attributes: ["a", "c"], revert: ["a"] }],
    }),
    update({ a: 1 }),
  ),
  plan(
    "written after the incident: no difference is known",
    images({ c: 1 }, { c: 5 }, { c: 7 }, { writtenAfterIncident: true }),
    delta,
    conflict("written-after-incident", "c"),
  ),
];

const set = rules({ attributes: { only: ["s"], set: ["s"] } });
const computed = (s: string | null) => ({ computed: { s: s === null ? null : { S: s } } });

/** Values that an expression computed. */
export const COMPUTED: readonly PlanCase[] = [
  plan(
    "is written over what is there",
    images({ s: "a" }, { s: "b" }, { s: "c" }),
    set,
    {
      action: "update",
      set: { s: { S: "z" } },
      expected: { s: { S: "c" } },
      computed: ["s"],
    },
    computed("z"),
  ),
  plan(
    "live = before decides nothing",
    images({ s: "a" }, { s: "b" }, { s: "a" }),
    set,
    { set: { s: { S: "z" } } },
    computed("z"),
  ),
  plan(
    "is not for an attribute that the choice leaves out of what is to be reverted",
    images({ a: "1", s: "a" }, { a: "2", s: "b" }, { a: "1", s: "b" }),
    rules({
      attributes: { only: ["a", "s"], set: ["s"] },
      groups: [{ kind: "updated", attributes: ["a", "s"], revert: ["a"] }],
    }),
    unchanged,
    computed("z"),
  ),
  plan(
    "removes where nothing is computed",
    images({ s: "a" }, { s: "b" }, { s: "b" }),
    set,
    { remove: ["s"] },
    computed(null),
  ),
  plan(
    "writes nothing that is there already",
    images({ s: "a" }, { s: "b" }, { s: "z" }),
    set,
    unchanged,
    computed("z"),
  ),
  plan(
    "is not computed for what nobody touched",
    images({ s: "a" }, { s: "a" }, { s: "c" }),
    set,
    unchanged,
    computed("z"),
  ),
  plan(
    "that DynamoDB can't hold is unwritable",
    images({ s: 1 }, { s: 2 }, { s: 2 }),
    set,
    { action: "unwritable", reason: "number-out-of-range" },
    { computed: { s: { N: "1e200" } } },
  ),
  plan(
    "of a group that was not chosen, but shares it, is mixed",
    images({ s: "a", a: 1 }, { s: "b", a: 2 }, { s: "b", a: 2 }),
    rules({
      selection: "none",
      attributes: { only: ["a", "s"], set: ["s"] },
      groups: [{ kind: "updated", attributes: ["s"] }],
    }),
    conflict("mixed", "s"),
    computed("z"),
  ),
  plan("is not written twice", images({ s: "a" }, { s: "b" }, { s: "b" }), set, conflict("already-taken", "s"), {
    ...computed("z"),
    taken: ["s"],
  }),
];

const decided = rules({ selection: "none" });
const revert = { decision: { decision: "revert" } } as const;
const revertSome = { decision: { decision: "revert", attributes: ["a"] } } as const;
const keep = { decision: { decision: "keep" } } as const;

/** What a person decided about one item. */
export const DECIDED: readonly PlanCase[] = [
  plan("keep leaves it", images({ a: 1 }, { a: 2 }, { a: 3 }), decided, notDamaged, keep),
  plan(
    "revert goes over what was written since",
    images({ a: 1 }, { a: 2 }, { a: 3 }),
    decided,
    {
      ...update({ a: 1 }),
      expected: { a: { N: "3" } },
      overwritten: ["a"],
    },
    revert,
  ),
  plan(
    "revert leaves what the incident did not touch",
    images({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 3, b: 5 }),
    decided,
    update({ a: 1 }),
    revert,
  ),
  plan("revert of some attributes", images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 3, b: 3 }), decided, update({ b: 1 }), {
    decision: { decision: "revert", attributes: ["b"] },
  }),
  plan(
    "revert makes a recreated item as it was",
    images({ a: 1, b: 1 }, null, { a: 2, n: 1 }),
    decided,
    update({ a: 1, b: 1 }, "n"),
    revert,
  ),
  plan("revert puts back what was deleted since", images({ a: 1 }, { a: 2 }, null), decided, { action: "put" }, revert),
  plan(
    "revert raises nobody from the dead",
    images({ a: 1, ttl: 1_700_000_000 }, { a: 2 }, null),
    rules({ ttlAttribute: "ttl", now: 1_700_000_100 }),
    {
      action: "expired",
    },
    revert,
  ),
  plan(
    "revert deletes what the incident created, as it is now",
    images(null, { a: 1 }, { a: 2 }),
    decided,
    {
      action: "delete",
      expected: item({ a: 2 }),
    },
    revert,
  ),
  plan(
    "revert says which later writes it goes over",
    images({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 2, b: 3 }),
    decided,
    { ...update({ a: 1, b: 1 }), overwritten: ["b"] },
    revert,
  ),
  plan(
    "revert of some attributes deletes no item",
    images(null, { a: 1 }, { a: 2 }),
    decided,
    conflict("whole-item"),
    revertSome,
  ),
  plan(
    "revert of some attributes puts no item back",
    images({ a: 1 }, { a: 2 }, null),
    decided,
    conflict("whole-item"),
    revertSome,
  ),
  plan("revert of what is gone already", images(null, { a: 1 }, null), decided, unchanged, revert),
  plan("revert of what is right already", images({ a: 1 }, { a: 2 }, { a: 1 }), decided, unchanged, revert),
  plan(
    "revert decides where what the incident left is not exact",
    images({ a: 1 }, undefined, { a: 3 }, { writtenAfterIncident: true }),
    decided,
    update({ a: 1 }),
    revert,
  ),
];

const reset = rules({ deleteOnly: true });
const resetSome = rules({ deleteOnly: true, damagedWhen: true });

/** Items that are deleted so that the application makes them anew. */
export const RESET: readonly PlanCase[] = [
  plan("deletes the item as it is", images(null, undefined, { a: 1 }), reset, {
    action: "delete",
    expected: item({ a: 1 }),
  }),
  plan("deletes what a predicate picks", images(null, undefined, { a: 1 }), resetSome, { action: "delete" }, bad),
  plan("leaves what a predicate spares", images(null, undefined, { a: 1 }), resetSome, notDamaged, good),
  plan("has nothing to do where there is none", images(null, undefined, null), reset, unchanged),
  plan("needs the freeze without a version", images(null, undefined, { a: 1 }), reset, { needsFreeze: true }),
];

const undo = rules({ created: "delete" });

/** Of an undo: what nobody recorded as ours. */
export const DOUBTFUL: readonly PlanCase[] = [
  plan("is not undone", images({ a: 1 }, { a: 2 }, { a: 2 }, { maybeNotOurs: true }), undo, conflict("maybe-not-ours")),
  plan("is not deleted", images(null, { a: 2 }, { a: 2 }, { maybeNotOurs: true }), undo, conflict("maybe-not-ours")),
  plan("is not put back", images({ a: 1 }, null, null, { maybeNotOurs: true }), undo, conflict("maybe-not-ours")),
  plan(
    "is no conflict where it is as before",
    images({ a: 1 }, { a: 2 }, { a: 1 }, { maybeNotOurs: true }),
    undo,
    unchanged,
  ),
];
