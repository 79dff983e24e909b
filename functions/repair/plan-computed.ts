import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import Big from "big.js";
import { isNumber } from "../items/decimal.ts";
import { attributeEquals } from "../items/equality.ts";
import { attributeOf, type Images, type Item } from "../items/item.ts";
import type { Judgement } from "./judgement.ts";
import type { ConflictReason } from "./repair.ts";
import type { RepairRules } from "./rules.ts";

/** What is to become of the attributes that are not put back but computed from what they are now. */
export interface ComputedAttributes {
  /** `null` = removed. */
  readonly targets: ReadonlyMap<string, AttributeValue | null>;
  readonly conflicts: ReadonlyMap<string, ConflictReason>;
  /** Results that DynamoDB can't hold. */
  readonly outOfRange: readonly string[];
}

/** Attributes that `delta` or `set` names: "live = before" decides nothing about them. */
export function computedNames({ attributes }: RepairRules): ReadonlySet<string> {
  return new Set([...(attributes?.delta ?? []), ...(attributes?.set ?? [])]);
}

/** Computes the attributes among `names` that `delta` or `set` names. */
export function computeAttributes(
  images: Images,
  before: Item,
  live: Item,
  rules: RepairRules,
  judgement: Judgement,
  names: ReadonlySet<string>,
): ComputedAttributes {
  const targets = new Map<string, AttributeValue | null>();
  const conflicts = new Map<string, ConflictReason>();
  const outOfRange: string[] = [];
  const taken = new Set(judgement.taken);
  for (const name of rules.attributes?.delta ?? []) {
    if (!names.has(name)) continue;
    const was = attributeOf(before, name);
    const left = attributeOf(images.after, name);
    if (images.after && attributeEquals(was, left)) continue;
    const target = withoutDifference(was, images.after, left, attributeOf(live, name));
    if (taken.has(name)) conflicts.set(name, "already-taken");
    else if (typeof target === "string") conflicts.set(name, target);
    else if (isNumber(target.N)) targets.set(name, target);
    else outOfRange.push(name);
  }
  for (const name of rules.attributes?.set ?? []) {
    const value = judgement.computed && Object.hasOwn(judgement.computed, name) ? judgement.computed[name] : undefined;
    if (!names.has(name) || value === undefined) continue;
    if (attributeEquals(value ?? undefined, attributeOf(live, name))) continue;
    if (taken.has(name)) conflicts.set(name, "already-taken");
    else if (value?.N === undefined || isNumber(value.N)) targets.set(name, value);
    else outOfRange.push(name);
  }
  return { targets, conflicts, outOfRange };
}

/** live - (after - before), exactly. An absent counter is no zero: nobody knows what the application takes it for. */
function withoutDifference(
  was: AttributeValue | undefined,
  after: Item | null | undefined,
  left: AttributeValue | undefined,
  is: AttributeValue | undefined,
): { readonly N: string } | ConflictReason {
  if (!after) return "after-unknown";
  if (was?.N === undefined || left?.N === undefined || is?.N === undefined) return "not-a-number";
  return { N: new Big(is.N).minus(new Big(left.N).minus(was.N)).toFixed() };
}
