import { attributeEquals } from "../items/equality.ts";
import { attributeOf, type Images, type Item } from "../items/item.ts";
import { examinedNames } from "./change.ts";
import type { ItemDecision } from "./judgement.ts";
import { planDelete } from "./plan-delete.ts";
import { planPut } from "./plan-put.ts";
import type { Repair } from "./repair.ts";
import type { RepairRules } from "./rules.ts";
import { hasExpired } from "./time-to-live.ts";
import { updateOf } from "./update-of.ts";

/**
 * What a person decided about one item. `revert` makes it as it was before the incident, over whatever was written since:
 * guarded all the same by what the plan saw, so that only what she looked at is overwritten.
 */
export function planDecided(images: Images, rules: RepairRules, { decision, attributes }: ItemDecision): Repair {
  if (decision === "keep") return { action: "not-damaged" };
  const { before, after, live } = images;
  if (before === null || live === null) {
    // Who named attributes meant neither to delete an item nor to put one back.
    if (attributes && before !== live) return { action: "conflict", reason: "whole-item" };
    return planWhole(images, rules);
  }
  const names = namesToRevert(images, before, live, rules).filter((name) => !attributes || attributes.includes(name));
  if (names.length === 0) return { action: "unchanged" };
  const targets = new Map(names.map((name) => [name, attributeOf(before, name) ?? null]));
  const isSince = (name: string) => !after || !attributeEquals(attributeOf(live, name), attributeOf(after, name));
  const overwritten = names.filter(isSince);
  return updateOf(targets, live, rules, overwritten.length > 0 ? { overwritten } : {});
}

function planWhole(images: Images, rules: RepairRules): Repair {
  const { before, live } = images;
  if (live === null) {
    if (before === null) return { action: "unchanged" };
    return hasExpired(before, rules.ttlAttribute, rules.now) ? { action: "expired" } : planPut(before, rules);
  }
  return planDelete(images, live, rules);
}

/** What the incident changed and is not as it was; all that differs where it deleted the item, or nobody knows. */
function namesToRevert({ after }: Images, before: Item, live: Item, rules: RepairRules): string[] {
  const anyAttribute: RepairRules = withoutNarrowing(rules);
  return examinedNames(anyAttribute, before, live)
    .filter((name) => !attributeEquals(attributeOf(before, name), attributeOf(live, name)))
    .filter((name) => !after || !attributeEquals(attributeOf(before, name), attributeOf(after, name)));
}

function withoutNarrowing({ attributes: _narrowed, ...rules }: RepairRules): RepairRules {
  return rules;
}
