import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { decodeAttribute, encodeAttribute, type JsonAttributeValue } from "../items/item-json.ts";

/** How a person decided one item: `revert` takes back what the incident did, whatever was written since. */
export interface ItemDecision {
  readonly decision: "revert" | "keep";
  /** Of an updated item: these alone. */
  readonly attributes?: readonly string[];
}

/**
 * What was found out about an item beside its images, once, when it was planned. It is stored and hashed with the entry:
 * expressions are not evaluated again when a choice of groups plans the entry anew.
 */
export interface Judgement {
  /** What `damagedWhen` said. */
  readonly damaged?: boolean;
  /** What `attributes.set` computed; `null` = the attribute is removed. */
  readonly computed?: Readonly<Record<string, AttributeValue | null>>;
  /** Attributes of `delta` and `set` that another repair of an overlapping incident has taken, or may have. */
  readonly taken?: readonly string[];
  readonly decision?: ItemDecision;
}

export interface JsonJudgement extends Omit<Judgement, "computed"> {
  readonly computed?: Readonly<Record<string, JsonAttributeValue | null>>;
}

export function encodeJudgement({ computed, ...rest }: Judgement): JsonJudgement {
  if (!computed) return rest;
  return { ...rest, computed: mapValues(computed, (value) => value && encodeAttribute(value)) };
}

export function decodeJudgement({ computed, ...rest }: JsonJudgement): Judgement {
  if (!computed) return rest;
  return { ...rest, computed: mapValues(computed, (value) => value && decodeAttribute(value)) };
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
