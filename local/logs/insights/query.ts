/** A parsed Logs Insights query: what the pocket AWS knows of the language. */
export type Command =
  | { readonly name: "fields"; readonly columns: readonly Column[] }
  | { readonly name: "filter"; readonly condition: Condition }
  | { readonly name: "sort"; readonly by: readonly { readonly field: string; readonly descending: boolean }[] }
  | { readonly name: "dedup"; readonly fields: readonly string[] }
  | { readonly name: "limit"; readonly count: number };

export interface Column {
  readonly field: string;
  readonly as: string;
}

export type Condition =
  | { readonly kind: "and" | "or"; readonly parts: readonly Condition[] }
  | { readonly kind: "not"; readonly part: Condition }
  | { readonly kind: "present"; readonly field: string }
  | {
      readonly kind: "compare";
      readonly field: string;
      readonly operator: ComparisonOperator;
      readonly literal: Literal;
    }
  | { readonly kind: "in"; readonly field: string; readonly literals: readonly Literal[] }
  | { readonly kind: "like"; readonly field: string; readonly pattern: string | RegExp };

export const COMPARISON_OPERATORS = ["=", "!=", "<", "<=", ">", ">="] as const;
export type ComparisonOperator = (typeof COMPARISON_OPERATORS)[number];

export interface Literal {
  readonly kind: "text" | "number";
  readonly text: string;
}
