import type { FieldValue, LogRecord } from "./log-record.ts";
import type { ComparisonOperator, Condition, Literal } from "./query.ts";

/** Whether a log event meets a condition. An absent field equals nothing and is neither less nor greater than anything. */
export function conditionHolds(condition: Condition, record: LogRecord): boolean {
  switch (condition.kind) {
    case "and":
      return condition.parts.every((part) => conditionHolds(part, record));
    case "or":
      return condition.parts.some((part) => conditionHolds(part, record));
    case "not":
      return !conditionHolds(condition.part, record);
    case "present":
      return record.value(condition.field) !== undefined;
    case "compare":
      return compares(record.value(condition.field), condition.operator, condition.literal);
    case "in": {
      const value = record.value(condition.field);
      return condition.literals.some((literal) => compares(value, "=", literal));
    }
    case "like": {
      const value = record.value(condition.field);
      if (value === undefined) return false;
      const { pattern } = condition;
      return typeof pattern === "string" ? value.text.includes(pattern) : pattern.test(value.text);
    }
  }
}

function compares(value: FieldValue | undefined, operator: ComparisonOperator, literal: Literal): boolean {
  if (value === undefined) return operator === "!=";
  const order = literal.kind === "text" ? compareTexts(value.text, literal.text) : compareNumbers(value, literal.text);
  if (order === undefined) return operator === "!=";
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

function compareNumbers(value: FieldValue, literal: string): number | undefined {
  return value.number === undefined ? undefined : value.number - Number(literal);
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
