import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Rules } from "../contracts.ts";
import { itemEquals } from "../items/equality.ts";
import { attributeOf, type Images, type Item } from "../items/item.ts";
import { plainItem } from "../items/plain-json.ts";
import { changeOf } from "../repair/change.ts";
import { computedValue } from "../repair/computed-value.ts";
import { compileExpression, type Expression, ExpressionFailed, type ExpressionInput } from "../repair/expression.ts";
import type { ItemDecision, Judgement } from "../repair/judgement.ts";
import type { RepairRules } from "../repair/rules.ts";

/** What is asked about every item of a part beside its images. */
export interface Questions {
  readonly damagedWhen?: Expression;
  readonly set: ReadonlyMap<string, Expression>;
  readonly decisionOf: (key: Item) => ItemDecision | undefined;
  /** Attributes of `delta` and `set` that another repair has taken. */
  readonly takenOf: (key: Item) => Promise<readonly string[]>;
}

/** Compiles the expressions of a round, once for a whole part. */
export function compileQuestions(
  { damagedWhen, attributes }: Pick<Rules, "damagedWhen" | "attributes">,
  others: Pick<Questions, "decisionOf" | "takenOf">,
): Questions {
  const set = Object.entries(attributes?.set ?? {}).map(([name, text]) => [name, compileExpression(text)] as const);
  return {
    ...(damagedWhen === undefined ? {} : { damagedWhen: compileExpression(damagedWhen) }),
    set: new Map(set),
    ...others,
  };
}

/** Finds out, once, all that the images do not say; what nobody touched is not asked about. */
export async function judge(key: Item, images: Images, rules: RepairRules, questions: Questions): Promise<Judgement> {
  const decision = questions.decisionOf(key);
  if (decision) return { decision };
  if (rules.deleteOnly ? images.live === null : isUntouched(images, rules)) return {};
  const input = inputOf(key, images);
  const damaged = questions.damagedWhen && (await isDamaged(questions.damagedWhen, input));
  if (damaged === false) return { damaged };
  const isUpdated = changeOf(images, rules)?.kind === "updated";
  const computed = isUpdated ? await compute(questions.set, input, images) : {};
  const isCounted = isUpdated && ((rules.attributes?.delta?.length ?? 0) > 0 || questions.set.size > 0);
  const taken = isCounted ? await questions.takenOf(key) : [];
  return {
    ...(damaged === undefined ? {} : { damaged }),
    ...(Object.keys(computed).length > 0 ? { computed } : {}),
    ...(taken.length > 0 ? { taken } : {}),
  };
}

function isUntouched({ before, after }: Images, { versionAttribute }: RepairRules): boolean {
  const leaveOut = new Set(versionAttribute === undefined ? [] : [versionAttribute]);
  return after !== undefined && itemEquals(before, after, leaveOut);
}

function inputOf(key: Item, { before, after, live }: Images): ExpressionInput {
  return {
    key: plainItem(key),
    ...(before ? { before: plainItem(before) } : {}),
    ...(after ? { after: plainItem(after) } : {}),
    ...(live ? { live: plainItem(live) } : {}),
  };
}

async function isDamaged(expression: Expression, input: ExpressionInput): Promise<boolean> {
  const result = await expression.evaluate(input);
  if (typeof result !== "boolean")
    throw new ExpressionFailed(
      `damagedWhen (${expression.text}) gave ${kindOf(result)} for an item instead of true or false: compare, or wrap it in $boolean(…) or $exists(…).`,
    );
  return result;
}

async function compute(
  expressions: ReadonlyMap<string, Expression>,
  input: ExpressionInput,
  { before, live }: Images,
): Promise<Record<string, AttributeValue | null>> {
  const computed: [string, AttributeValue | null][] = [];
  for (const [name, expression] of expressions) {
    const was = attributeOf(before, name);
    const like = attributeOf(live, name) ?? was;
    computed.push([name, computedValue(await expression.evaluate(input), like, was)]);
  }
  return Object.fromEntries(computed);
}

/** The kind of a value, never the value. */
function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}
