import assert from "node:assert/strict";
import { attributeEquals, itemEquals } from "../../../../functions/items/equality.ts";
import { attributeNames, attributeOf, type Images, type Item } from "../../../../functions/items/item.ts";
import { encodeImage } from "../../../../functions/items/item-json.ts";
import { isWrite } from "../../../../functions/repair/repair.ts";
import type { RepairRules } from "../../../../functions/repair/rules.ts";
import { ConditionalTable } from "./conditional-table.ts";
import type { Core } from "./core.ts";
import { KEY } from "./items.ts";
import { PLAN_CASES } from "./plan-cases.ts";
import { attemptOf, contextOf } from "./writing.ts";

/** Every line of the tables of rules; throws at the first that does not hold. */
export function checkPlanCases(core: Core): void {
  for (const one of PLAN_CASES) {
    const repair: Readonly<Record<string, unknown>> = { ...core.planRepair(one.images, one.rules, one.judgement) };
    for (const [field, value] of Object.entries(one.repair)) assert.deepEqual(repair[field], value, one.title);
  }
}

/**
 * Plans one item, lets somebody make it `meanwhile` (live, if nobody did), applies, and demands what must hold of the
 * result: damage gone, good writes there, one write at most, a raised version, nothing left to do.
 */
export async function checkItem(core: Core, images: Images, rules: RepairRules, meanwhile: Item | null): Promise<void> {
  const about = () => describe(images, rules, meanwhile);
  const repair = core.planRepair(images, rules);
  const table = new ConditionalTable(meanwhile);
  if (isWrite(repair)) {
    const outcome = await core.applyRepair(KEY, repair, attemptOf(), contextOf(table));
    assert.notEqual(outcome.outcome, "unwritable", `the request itself is wrong\n${about()}`);
    const isOurs = outcome.outcome === "written";
    assert.equal(
      isOurs || table.item === null || itemEquals(table.item, meanwhile),
      true,
      `a refused write\n${about()}`,
    );
    if (isOurs) {
      assert.equal(core.verifyRepair(repair, table.item), "as-planned", `verification\n${about()}`);
      assert.equal(core.verifyRepair(repair, images.live), "not-repaired", `verification of live\n${about()}`);
      checkVersion(images, rules, meanwhile, table.item, about);
    }
  }
  checkNothingLost(images, rules, meanwhile, table.item, about);
  if (!itemEquals(meanwhile, images.live)) return;

  if (decides(images, rules)) checkRepaired(images, rules, table.item, about);
  const again = core.planRepair({ ...images, live: table.item }, rules);
  assert.equal(isWrite(again), false, `planned again there is something to write\n${about()}`);
  if (!isWrite(repair)) assert.deepEqual(again, repair, `planned again it is something else\n${about()}`);
}

/** What somebody wrote after the incident or after the plan stays, whatever was planned. */
function checkNothingLost(
  { before, after, live }: Images,
  rules: RepairRules,
  meanwhile: Item | null,
  result: Item | null,
  about: () => string,
): void {
  if ((meanwhile === null) !== (live === null)) {
    assert.equal(itemEquals(result, meanwhile), true, `a later create or delete\n${about()}`);
    return;
  }
  if (meanwhile === null) return;
  if (result === null) {
    assert.equal(itemEquals(meanwhile, live), true, `a later write is deleted\n${about()}`);
    assert.equal(before, null, `an item that was there before is deleted\n${about()}`);
    return;
  }
  for (const name of attributeNames(before, after, live, meanwhile)) {
    if (name === rules.versionAttribute) continue;
    const then = attributeOf(meanwhile, name);
    const now = attributeOf(result, name);
    const isLater = !attributeEquals(then, attributeOf(live, name));
    if (isLater) assert.equal(attributeEquals(now, then), true, `a write after the plan to ${name}\n${about()}`);
    if (after === undefined || after === null || before === null) continue;
    const isUntouched = attributeEquals(attributeOf(before, name), attributeOf(after, name));
    const isSince = !attributeEquals(attributeOf(live, name), attributeOf(after, name));
    if (isUntouched || (isSince && rules.conflicts !== "overwrite")) {
      assert.equal(attributeEquals(now, then), true, `a write that is not the incident's to ${name}\n${about()}`);
    }
  }
}

/** Keys were given, and all three images are known: nothing is left to anybody's opinion. */
function decides(images: Images, rules: RepairRules): boolean {
  return images.after !== undefined && rules.selection === "keys" && !rules.groups && !rules.attributes;
}

/** What the incident changed and nobody changed since equals before. */
function checkRepaired(
  { before, after, live }: Images,
  rules: RepairRules,
  result: Item | null,
  about: () => string,
): void {
  const except = new Set(rules.versionAttribute === undefined ? [] : [rules.versionAttribute]);
  const whole = wholeItemWanted({ before, after: after ?? null, live }, rules, except);
  if (whole !== undefined) {
    assert.equal(itemEquals(result, whole, except), true, `the whole item\n${about()}`);
    return;
  }
  assert.ok(before && after && live);
  const names = attributeNames(before, after, live).filter((name) => !except.has(name));
  const value = (item: Item, name: string) => attributeOf(item, name);
  const damaged = names.filter(
    (name) =>
      !attributeEquals(value(before, name), value(after, name)) &&
      !attributeEquals(value(live, name), value(before, name)),
  );
  const disputed = damaged.filter((name) => !attributeEquals(value(live, name), value(after, name)));
  const isLeft = disputed.length > 0 && (rules.conflicts === "skip" || rules.conflicts === "fail");
  for (const name of names) {
    const isReverted =
      !isLeft && damaged.includes(name) && (rules.conflicts === "overwrite" || !disputed.includes(name));
    const wanted = value(isReverted ? before : live, name);
    assert.equal(attributeEquals(attributeOf(result, name), wanted), true, `attribute ${name}\n${about()}`);
  }
}

/** What the item must be in the end; undefined where its attributes decide. */
function wholeItemWanted(
  { before, after, live }: { before: Item | null; after: Item | null; live: Item | null },
  rules: RepairRules,
  except: ReadonlySet<string>,
): Item | null | undefined {
  if (itemEquals(before, after, except)) return live;
  if (before === null) return rules.created === "delete" && itemEquals(live, after) ? null : live;
  if (after === null) return live ?? before;
  return live === null ? null : undefined;
}

/** A stale writer must not meet the number it knows. */
function checkVersion(
  { before }: Images,
  { versionAttribute }: RepairRules,
  meanwhile: Item | null,
  result: Item | null,
  about: () => string,
): void {
  if (versionAttribute === undefined || result === null) return;
  const version = (item: Item | null) => Number(attributeOf(item, versionAttribute)?.N ?? 0);
  const least = meanwhile === null ? version(before) + 1_000_000 : version(meanwhile) + 1;
  assert.equal(version(result), least, `the version is not raised\n${about()}`);
}

function describe(
  { before, after, live }: Images,
  { keySchema: _, ...rules }: RepairRules,
  meanwhile: Item | null,
): string {
  return JSON.stringify({
    before: encodeImage(before),
    after: after === undefined ? "unknown" : encodeImage(after),
    live: encodeImage(live),
    meanwhile: encodeImage(meanwhile),
    rules,
  });
}
