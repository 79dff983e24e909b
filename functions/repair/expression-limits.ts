/** "The maximum length of any expression string is 4 KB." */
export const MAX_EXPRESSION_BYTES = 4096;

/** "The maximum number of operators or functions allowed" in a condition or an update: 300. */
export const MAX_EXPRESSION_OPERATORS = 300;

/** An expression with the number of operators in it: each comparison, each function and each AND counts. */
export interface Expression {
  readonly text: string;
  readonly operators: number;
}

/** True if DynamoDB takes the expression. */
export function fits({ text, operators }: Expression): boolean {
  return Buffer.byteLength(text, "utf8") <= MAX_EXPRESSION_BYTES && operators <= MAX_EXPRESSION_OPERATORS;
}

/** Clauses that must all hold. */
export function allOf(clauses: readonly string[]): Expression {
  return { text: clauses.join(" AND "), operators: clauses.length + Math.max(0, clauses.length - 1) };
}
