import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkItem, checkPlanCases } from "./support/check-plan.ts";
import type { Core } from "./support/core.ts";
import { checkInterleaving, SCENES, schedule } from "./support/interleavings.ts";
import { loadCore, type Mutation } from "./support/mutant.ts";
import { courses, RULE_SETS } from "./support/small-domain.ts";
import { WRITER_STORIES } from "./support/writer-stories.ts";

/** The checks of the other suites, on any core; the random ones with few cases. Throws at the first that fails. */
async function checkCore(core: Core): Promise<void> {
  checkPlanCases(core);
  for (const [, stories] of WRITER_STORIES) for (const story of stories) await story.run(core);
  for (const [, rules] of RULE_SETS) {
    let course = 0;
    for (const { images, meanwhile } of courses(rules)) {
      course += 1;
      if (course % 37 === 0) await checkItem(core, images, rules, meanwhile);
    }
  }
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...SCENES), schedule, (scene, steps) => checkInterleaving(core, scene, steps)),
    { numRuns: 200, seed: 1 },
  );
}

function fault(what: string, file: string, find: string, replace: string): Mutation {
  return { fault: what, file, find, replace };
}

const MUTATIONS: readonly Mutation[] = [
  // The table of items.
  fault(
    "before = after is not asked",
    "plan-repair.ts",
    "if (after !== undefined && itemEquals(before, after, versionOnly(rules))) return UNCHANGED;",
    "",
  ),
  fault(
    "the version counts as a change",
    "change.ts",
    "rules.versionAttribute === undefined ? [] : [rules.versionAttribute]",
    "[]",
  ),
  fault(
    "an item that came back is taken for damaged",
    "plan-repair.ts",
    "return itemEquals(live, before, versionOnly(rules)) ? UNCHANGED : ",
    "return ",
  ),
  fault("a recreated item is updated", "plan-repair.ts", "if (after === null) {", "if (after === null && false) {"),
  fault(
    "an item that was deleted since is put back",
    "plan-repair.ts",
    "return after ? planDeletedSince(images, rules) : ",
    "return ",
  ),
  fault(
    "a created item that was written since is deleted",
    "plan-repair.ts",
    "!itemEquals(live, images.after)",
    "false",
  ),
  fault(
    "the version is left out where live = after decides a delete",
    "plan-repair.ts",
    "!itemEquals(live, images.after)",
    "!itemEquals(live, images.after, versionOnly(rules))",
  ),
  fault("created items are deleted unasked", "plan-repair.ts", 'rules.created === "delete"', "true"),
  fault("TTL is not asked by the plan", "plan-repair.ts", "hasExpired(before, rules.ttlAttribute, rules.now)", "false"),
  fault("written-after-incident is not asked", "plan-repair.ts", "if (images.writtenAfterIncident)", "if (false)"),
  // Attributes.
  fault(
    "before = after does not leave an attribute",
    "plan-update.ts",
    "if (after && attributeEquals(was, attributeOf(after, name))) continue;",
    "",
  ),
  fault("live = before does not leave an attribute", "plan-update.ts", "if (attributeEquals(is, was)) continue;", ""),
  fault(
    "what was written since is reverted",
    "plan-update.ts",
    "const isAsLeft = after === undefined || attributeEquals(is, attributeOf(after, name));",
    "const isAsLeft = true;",
  ),
  fault("skip merges", "plan-update.ts", 'rules.conflicts === "merge" && ', ""),
  fault(
    "two images decide without the accept",
    "plan-update.ts",
    "isTwoWay && !rules.acceptMayLoseGoodWrites",
    "false",
  ),
  fault("the key and the version are attributes as others", "change.ts", "name !== rules.versionAttribute &&", ""),
  fault("except is not asked", "change.ts", "!except?.includes(name)", "true"),
  fault("a big item is written", "update-of.ts", "itemSize(repaired) > MAX_ITEM_BYTES", "false"),
  // Selection.
  fault(
    "everything is damage",
    "selection.ts",
    "return selected ? change.attributes : undefined;",
    "return change.attributes;",
  ),
  fault("mixed groups are good writes", "plan-update.ts", "return attributes.length === 0 ?", "return true ?"),
  fault("a shared counter is not mixed", "plan-update.ts", "...suspect.conflict, ...computed]", "...suspect.conflict]"),
  fault("a lost attribute is no sign of a delete", "selection.ts", 'choice.kind === "deleted"', "false"),
  fault("whole items need no selection where after is unknown", "selection.ts", "(isPicked && afterKnown)", "isPicked"),
  fault("any group of the kind is chosen", "selection.ts", "sameNames(choice.attributes, change.attributes)", "true"),
  // What was found out beside the images.
  fault("what a predicate spares is repaired", "plan-repair.ts", "judgement.damaged !== true", "false"),
  fault("a reset deletes what a predicate spares", "plan-repair.ts", "rules.damagedWhen && damaged !== true", "false"),
  fault("a predicate selects whole items where after is unknown", "selection.ts", "isPicked && afterKnown", "isPicked"),
  fault("what may not be ours is undone", "plan-repair.ts", "if (images.maybeNotOurs)", "if (false)"),
  fault("a decision to keep is not heard", "plan-decided.ts", 'decision === "keep"', "false"),
  fault(
    "a decision reverts what the incident did not touch",
    "plan-decided.ts",
    "!after || !attributeEquals(attributeOf(before, name), attributeOf(after, name))",
    "true",
  ),
  fault(
    "a decision about attributes deletes or puts an item",
    "plan-decided.ts",
    "if (attributes && before !== live)",
    "if (false)",
  ),
  fault("a decision raises the dead", "plan-decided.ts", "hasExpired(before, rules.ttlAttribute, rules.now)", "false"),
  fault("a difference is added, not taken back", "plan-computed.ts", "new Big(is.N).minus(", "new Big(is.N).plus("),
  fault(
    "a difference is taken twice",
    "plan-computed.ts",
    'if (taken.has(name)) conflicts.set(name, "already-taken");\n    else if (typeof',
    "if (typeof",
  ),
  fault(
    "a computed value is written twice",
    "plan-computed.ts",
    'if (taken.has(name)) conflicts.set(name, "already-taken");\n    else if (value',
    "if (value",
  ),
  fault("live = before decides about a counter", "plan-update.ts", "if (computed.has(name)) continue;", ""),
  fault(
    "a difference is taken where after is not exact",
    "plan-repair.ts",
    "[...revert, ...conflict, ...computed]",
    "[...revert, ...conflict]",
  ),
  fault("a number that DynamoDB can't hold is written", "plan-computed.ts", "if (isNumber(target.N))", "if (true)"),
  fault("a computed number that DynamoDB can't hold is written", "plan-computed.ts", "isNumber(value.N)", "true"),
  // Guards.
  fault(
    "an update does not ask for the item",
    "guard.ts",
    "const clauses = [`attribute_exists(${partitionKey})`];",
    "const clauses: string[] = [];",
  ),
  fault(
    "an update does not compare",
    "guard.ts",
    "return equalityClauses(repair.expected, placeholders);",
    "return [];",
  ),
  fault(
    "a lost attribute is not guarded",
    "guard.ts",
    "return Object.entries(expected).map(",
    "return Object.entries(expected).filter(([, value]) => value !== null).map(",
  ),
  fault(
    "a put overwrites",
    "guard.ts",
    "attribute_not_exists(${partitionKey})",
    "attribute_exists(${partitionKey}) OR attribute_not_exists(${partitionKey})",
  ),
  fault(
    "a delete does not see a new version",
    "guard.ts",
    "{ ...absent, ...version, ...repair.expected }",
    "{ ...absent, ...repair.expected }",
  ),
  fault(
    "the version is not pinned",
    "guard.ts",
    '(pinVersion || repair.guard === "version")',
    'repair.guard === "version"',
  ),
  fault(
    "the version does not guard what is too wide",
    "guard.ts",
    '(pinVersion || repair.guard === "version")',
    "pinVersion",
  ),
  fault("too wide is not noticed", "guard.ts", "return fits(guard) && ", "return true || fits(guard) && "),
  fault("the version is not raised by an update", "guard.ts", "+ ${one}`);", "+ ${zero}`.replace(one, one));"),
  fault("the version is not raised by a put", "version.ts", ".plus(PUT_RAISE)", ""),
  // The writer.
  fault("earlier outcomes are not read", "apply-repair.ts", "if (last && isSettled(last)) return last;", ""),
  fault(
    "what was deleted unlike the plan is not put back later",
    "apply-repair.ts",
    'last?.outcome === "deleted-unlike-plan"',
    'last?.outcome === "deleted-unlike-plan" && context.table === ""',
  ),
  fault(
    "the old item of a delete is not compared",
    "apply-repair.ts",
    "if (itemEquals(old, this.#repair.expected)) {",
    "if (true) {",
  ),
  fault(
    "a delete is not recorded before it is put back",
    "apply-repair.ts",
    'await this.#attempt.record(this.#say({ outcome: "deleted-unlike-plan", image: old }));',
    "",
  ),
  fault("a delete is not recorded", "apply-repair.ts", "await this.#attempt.record(written);", ""),
  fault("an unseen delete is taken for done", "apply-repair.ts", "item === null && this.#doubtful;", "false;"),
  fault("a delete does not ask for the freeze", "apply-repair.ts", "!attempt.freezeProven", "false"),
  fault(
    "a later attempt is not in doubt",
    "apply-repair.ts",
    "this.#doubtful = attempt.number > 1;",
    "this.#doubtful = false;",
  ),
  fault("a lost answer is no reason for doubt", "apply-repair.ts", "this.#doubtful = true;", ""),
  fault(
    "a lost answer is followed by a blind second try",
    "apply-repair.ts",
    "return holdsPlanned(this.#repair, item) ? undefined : this.#settle(item);",
    "return item === item ? undefined : this.#settle(item);",
  ),
  fault("TTL is not asked by the writer", "apply-repair.ts", "if (this.#hasExpired())", "if (false)"),
  fault(
    "what is done already is a conflict",
    "apply-repair.ts",
    'if (holdsTarget(this.#repair, item)) return this.#say({ outcome: "already" });',
    "",
  ),
  fault("a conflict is taken for done", "apply-repair.ts", "if (holdsTarget(this.#repair, item))", "if (true)"),
  fault("an unwritable item fails its part", "refusal.ts", 'return "unwritable";', 'return "permanent";'),
  fault("a missing permission is tried again", "refusal.ts", 'return "permanent";', 'return "not-done-yet";'),
  fault("a time-out counts as not done", "refusal.ts", 'return "unanswered";', 'return "not-done-yet";'),
  fault(
    "a put-back overwrites",
    "put-back.ts",
    '"attribute_not_exists(#n0)"',
    '"attribute_exists(#n0) OR attribute_not_exists(#n0)"',
  ),
  fault(
    "a freeze that was not proven is never tried again",
    "outcome.ts",
    'outcome.reason === "freeze-not-proven"',
    "false",
  ),
  // Verification.
  fault("nothing is verified", "verify-repair.ts", "if (holdsTarget(repair, live))", "if (true)"),
  fault(
    "what was not repaired passes for changed since",
    "verify-repair.ts",
    'if (holdsPlanned(repair, live)) return "not-repaired";',
    "",
  ),
];

describe("planted faults in the repair core", () => {
  it("the checks pass where none is planted", async () => {
    await expect(checkCore(await loadCore())).resolves.toBeUndefined();
  });

  it.each(MUTATIONS.map((mutation) => [mutation.fault, mutation] as const))("are caught: %s", async (_, mutation) => {
    const core = await loadCore(mutation);

    const caught: unknown = await checkCore(core).catch((error: unknown) => error);

    expect(caught).toBeInstanceOf(Error);
    // A mutant that does not even run shows nothing about the checks.
    expect(["ReferenceError", "SyntaxError", "TypeError"]).not.toContain(caught instanceof Error && caught.name);
  });

  it("can't be planted where the code has moved on", async () => {
    const moved = fault("nowhere to be found", "guard.ts", "this text is not there", "");

    await expect(loadCore(moved)).rejects.toThrow(/stands 0 times/);
  });
});
