import { Big } from "big.js";
import validations from "dynalite/validations/index.js";
import { AwsError } from "../service.ts";
import { attributesEqual } from "./attribute-equality.ts";
import { type AttributeValue, bytesOf, type Item, typeOf } from "./attribute-value.ts";
import { type DocumentPath, resolvePath } from "./document-path.ts";

/** "The maximum length of any expression string is 4 KB." */
export const MAX_EXPRESSION_BYTES = 4096;
/** "The maximum number of operators or functions in an expression is 300." */
export const MAX_OPERATORS = 300;
/** "IN: up to 100 values." */
export const MAX_IN_OPERANDS = 100;

/** A node of the syntax tree that dynalite's parser makes, with names and values already filled in. */
export interface ConditionNode {
  readonly type: "and" | "or" | "not" | "between" | "in" | "function" | "=" | "<>" | "<" | "<=" | ">" | ">=";
  readonly name?: string;
  readonly args: readonly Operand[];
}
export type Operand = ConditionNode | DocumentPath | AttributeValue;

/** Whether an item (undefined: there is none) satisfies a condition; throws ValidationException as AWS does for a bad one. */
export function evaluateCondition(
  expression: string,
  names: Readonly<Record<string, string>> | undefined,
  values: Readonly<Record<string, AttributeValue>> | undefined,
  item: Item | undefined,
): boolean {
  checkExpressionSize("ConditionExpression", expression);
  const data: Record<string, unknown> = { ConditionExpression: expression };
  // Copies: the parser's checks write numbers back in normal form.
  if (names !== undefined) data.ExpressionAttributeNames = { ...names };
  if (values !== undefined) data.ExpressionAttributeValues = structuredClone(values);
  const problem = validations.validateExpressions(data);
  if (problem !== undefined) throw new AwsError("ValidationException", problem);
  const { expression: condition } = data._condition as { expression: ConditionNode };
  checkCondition("ConditionExpression", condition);
  return holds(condition, item);
}

/** Refuses an expression that is longer than AWS takes. */
export function checkExpressionSize(kind: string, expression: string): void {
  const bytes = Buffer.byteLength(expression);
  if (bytes > MAX_EXPRESSION_BYTES)
    throw new AwsError(
      "ValidationException",
      `Invalid ${kind}: Expression size has exceeded the maximum allowed size; expression size: ${bytes}`,
    );
}

/** Refuses what the parser lets through but AWS does not: too many operators, order comparisons of unordered types. */
export function checkCondition(kind: string, condition: ConditionNode): void {
  const operators = countOperators(condition, kind);
  if (operators > MAX_OPERATORS)
    throw new AwsError(
      "ValidationException",
      `Invalid ${kind}: The expression contains too many operators; operator count: ${operators}`,
    );
}

function countOperators(operand: Operand, kind: string): number {
  if (!isNode(operand)) return 0;
  if (operand.type === "in" && operand.args.length - 1 > MAX_IN_OPERANDS)
    throw new AwsError(
      "ValidationException",
      `Invalid ${kind}: The IN operator is provided with too many operands; number of operands: ${operand.args.length - 1}`,
    );
  if (["<", "<=", ">", ">=", "between"].includes(operand.type)) checkOrdered(operand, kind);
  return operand.args.reduce((sum, argument) => sum + countOperators(argument, kind), 1);
}

function checkOrdered(node: ConditionNode, kind: string): void {
  for (const argument of node.args) {
    if (isPath(argument) || isNode(argument)) continue;
    const type = typeOf(argument);
    if (type !== "S" && type !== "N" && type !== "B")
      throw new AwsError(
        "ValidationException",
        `Invalid ${kind}: Incorrect operand type for operator or function; operator: ${node.type.toUpperCase()}, operand type: ${type}`,
      );
  }
}

/** Whether an item satisfies an already parsed condition. */
export function holds(node: ConditionNode, item: Item | undefined): boolean {
  switch (node.type) {
    case "and":
      return node.args.every((argument) => isNode(argument) && holds(argument, item));
    case "or":
      return node.args.some((argument) => isNode(argument) && holds(argument, item));
    case "not":
      return node.args.every((argument) => isNode(argument) && !holds(argument, item));
    case "function":
      return functionHolds(node, item);
    default:
      return comparisonHolds(
        node.type,
        node.args.map((argument) => operandValue(argument, item)),
      );
  }
}

function isPath(operand: Operand): operand is DocumentPath {
  return Array.isArray(operand);
}

function isNode(operand: Operand): operand is ConditionNode {
  return !isPath(operand) && "args" in operand && "type" in operand;
}

function operandValue(operand: Operand, item: Item | undefined): AttributeValue | undefined {
  if (isPath(operand)) return item === undefined ? undefined : resolvePath(operand, item);
  if (!isNode(operand)) return operand;
  // The parser lets no function but size() stand where a value is expected.
  const [argument] = operand.args;
  const measured = argument === undefined ? undefined : operandValue(argument, item);
  const size = measured === undefined ? undefined : sizeOf(measured);
  return size === undefined ? undefined : { N: String(size) };
}

function sizeOf(value: AttributeValue): number | undefined {
  if (value.S !== undefined) return value.S.length;
  if (value.B !== undefined) return bytesOf(value.B).length;
  if (value.M !== undefined) return Object.keys(value.M).length;
  return (value.L ?? value.SS ?? value.NS ?? value.BS)?.length;
}

function comparisonHolds(
  operator: ConditionNode["type"],
  [left, ...others]: readonly (AttributeValue | undefined)[],
): boolean {
  const [right, upper] = others;
  // An absent attribute differs from every value, and compares with none.
  if (operator === "<>") return left === undefined || right === undefined || !attributesEqual(left, right);
  if (left === undefined) return false;
  if (operator === "in") return others.some((other) => other !== undefined && attributesEqual(left, other));
  if (right === undefined) return false;
  if (operator === "=") return attributesEqual(left, right);
  const order = orderOf(left, right);
  if (order === undefined) return false;
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    default: {
      const upperOrder = upper === undefined ? undefined : orderOf(left, upper);
      return order >= 0 && upperOrder !== undefined && upperOrder <= 0;
    }
  }
}

/** Below zero, zero or above; nothing for values that have no order between them. */
function orderOf(left: AttributeValue, right: AttributeValue): number | undefined {
  if (left.N !== undefined && right.N !== undefined) return new Big(left.N).cmp(right.N);
  if (left.S !== undefined && right.S !== undefined) return Buffer.compare(Buffer.from(left.S), Buffer.from(right.S));
  if (left.B !== undefined && right.B !== undefined) return Buffer.compare(bytesOf(left.B), bytesOf(right.B));
  return undefined;
}

function functionHolds(node: ConditionNode, item: Item | undefined): boolean {
  const [subject, argument] = node.args.map((operand) => operandValue(operand, item));
  switch (node.name) {
    case "attribute_exists":
      return subject !== undefined;
    case "attribute_not_exists":
      return subject === undefined;
    case "attribute_type":
      return subject !== undefined && typeOf(subject) === argument?.S;
    case "begins_with":
      return subject !== undefined && argument !== undefined && beginsWith(subject, argument);
    case "contains":
      return subject !== undefined && argument !== undefined && containsValue(subject, argument);
    default:
      throw new AwsError("ValidationException", `Invalid function name; function: ${node.name}`);
  }
}

function beginsWith(value: AttributeValue, prefix: AttributeValue): boolean {
  if (value.S !== undefined && prefix.S !== undefined) return value.S.startsWith(prefix.S);
  if (value.B === undefined || prefix.B === undefined) return false;
  const start = bytesOf(prefix.B);
  return Buffer.compare(bytesOf(value.B).subarray(0, start.length), start) === 0;
}

function containsValue(whole: AttributeValue, part: AttributeValue): boolean {
  if (whole.L !== undefined) return whole.L.some((member) => attributesEqual(member, part));
  if (part.S !== undefined) return whole.S?.includes(part.S) ?? whole.SS?.includes(part.S) ?? false;
  if (part.N !== undefined) return whole.NS?.some((member) => attributesEqual({ N: member }, part)) ?? false;
  if (part.B === undefined) return false;
  if (whole.B !== undefined) return Buffer.from(bytesOf(whole.B)).includes(Buffer.from(bytesOf(part.B)));
  return whole.BS?.some((member) => attributesEqual({ B: member }, part)) ?? false;
}
