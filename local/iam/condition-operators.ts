import { NotInPocketAwsError } from "../service.ts";
import { arnMatcher, literalText, type Matcher, wildcardMatcher } from "./patterns.ts";

/** What one operator does: how a policy value is compared, and whether it is negated (`StringNotEquals`). */
interface Comparison {
  readonly matcher: (policyValue: string, variables: boolean) => Matcher;
  readonly negated?: boolean;
}

const stringEquals = (value: string, variables: boolean): Matcher => {
  const wanted = literalText(value, variables);
  return (actual) => actual === wanted;
};
const stringEqualsIgnoreCase = (value: string, variables: boolean): Matcher => {
  const wanted = literalText(value, variables).toLowerCase();
  return (actual) => actual.toLowerCase() === wanted;
};
const numeric =
  (compare: (actual: number, wanted: number) => boolean) =>
  (value: string): Matcher => {
    const wanted = Number(value);
    return (actual) => actual.trim() !== "" && compare(Number(actual), wanted);
  };

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  StringEquals: { matcher: stringEquals },
  StringNotEquals: { matcher: stringEquals, negated: true },
  StringEqualsIgnoreCase: { matcher: stringEqualsIgnoreCase },
  StringNotEqualsIgnoreCase: { matcher: stringEqualsIgnoreCase, negated: true },
  StringLike: { matcher: wildcardMatcher },
  StringNotLike: { matcher: wildcardMatcher, negated: true },
  ArnEquals: { matcher: arnMatcher },
  ArnLike: { matcher: arnMatcher },
  ArnNotEquals: { matcher: arnMatcher, negated: true },
  ArnNotLike: { matcher: arnMatcher, negated: true },
  Bool: { matcher: stringEqualsIgnoreCase },
  NumericEquals: { matcher: numeric((actual, wanted) => actual === wanted) },
  NumericNotEquals: { matcher: numeric((actual, wanted) => actual === wanted), negated: true },
  NumericLessThan: { matcher: numeric((actual, wanted) => actual < wanted) },
  NumericLessThanEquals: { matcher: numeric((actual, wanted) => actual <= wanted) },
  NumericGreaterThan: { matcher: numeric((actual, wanted) => actual > wanted) },
  NumericGreaterThanEquals: { matcher: numeric((actual, wanted) => actual >= wanted) },
};

type Quantifier = "ForAnyValue" | "ForAllValues" | undefined;

interface Operator {
  readonly quantifier: Quantifier;
  readonly base: string;
  readonly ifExists: boolean;
}

/** Takes an operator's name apart; an operator that the pocket AWS does not have is an error that names it. */
export function parseOperator(name: string): Operator {
  const match = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/.exec(name);
  const base = match?.[2] ?? "";
  if (
    match === null ||
    !(base === "Null" || Object.hasOwn(COMPARISONS, base)) ||
    (base === "Null" && (match[1] ?? match[3]) !== undefined)
  ) {
    throw new NotInPocketAwsError(`the condition operator ${name}`);
  }
  return { quantifier: match[1] as Quantifier, base, ifExists: match[3] !== undefined };
}

/** One line of a Condition block: does the request's value for this key satisfy the operator? `undefined` is an absent key. */
export function conditionHolds(
  operatorName: string,
  key: string,
  policyValues: readonly string[],
  actual: string | readonly string[] | undefined,
  variables: boolean,
): boolean {
  const { quantifier, base, ifExists } = parseOperator(operatorName);
  if (base === "Null") return policyValues.some((value) => (value.toLowerCase() === "true") === (actual === undefined));

  const comparison = COMPARISONS[base];
  if (comparison === undefined) throw new NotInPocketAwsError(`the condition operator ${operatorName}`);
  const matchers = policyValues.map((value) => comparison.matcher(value, variables));
  // Several policy values are an OR; under a negated operator none of them may match.
  const satisfies = (value: string): boolean =>
    comparison.negated === true
      ? !matchers.some((matches) => matches(value))
      : matchers.some((matches) => matches(value));

  // An empty set counts as an absent key: true for ForAllValues, false for ForAnyValue, whatever the operator.
  const absent = actual === undefined || (typeof actual !== "string" && actual.length === 0);
  if (absent && ifExists) return true;
  if (quantifier !== undefined) {
    const values = actual === undefined ? [] : typeof actual === "string" ? [actual] : actual;
    return quantifier === "ForAllValues" ? values.every(satisfies) : values.some(satisfies);
  }
  if (absent || actual === undefined) return comparison.negated === true;
  if (typeof actual !== "string") {
    throw new NotInPocketAwsError(`${operatorName} on the multivalued key ${key} without ForAnyValue or ForAllValues`);
  }
  return satisfies(actual);
}
