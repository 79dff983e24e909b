import { Big } from "big.js";
import { AwsError } from "../service.ts";
import { attributesEqual } from "./attribute-equality.ts";
import { type AttributeType, type AttributeValue, type Item, typeOf } from "./attribute-value.ts";
import { type DocumentPath, resolvePath } from "./document-path.ts";

/** What dynalite's parser makes of an UpdateExpression, with names and values already filled in. */
export interface ParsedUpdate {
  readonly sections: readonly UpdateSection[];
  readonly paths: readonly DocumentPath[];
  readonly nestedPaths: Readonly<Record<string, boolean>>;
}
export type UpdateSection =
  | { readonly type: "set"; readonly path: DocumentPath; readonly val: UpdateOperand }
  | { readonly type: "remove"; readonly path: DocumentPath }
  | { readonly type: "add" | "delete"; readonly path: DocumentPath; readonly val: AttributeValue };
type UpdateOperand = AttributeValue | DocumentPath | UpdateFunction;
interface UpdateFunction {
  readonly type: "add" | "subtract" | "function";
  readonly name?: "if_not_exists" | "list_append";
  readonly args: readonly UpdateOperand[];
}

type SetType = "SS" | "NS" | "BS";
/** An attribute that is being worked on; lists may have holes until the end. */
interface Draft {
  M?: Record<string, AttributeValue>;
  L?: AttributeValue[];
}

const WRONG_OPERAND = "An operand in the update expression has an incorrect data type";

/** The item after an update. All operands and paths mean the item as it was, whatever the order of the clauses. */
export function applyUpdate(update: ParsedUpdate, before: Item | undefined, key: Item): Item {
  const original = before ?? key;
  const draft = draftOf(original, update);
  const values = update.sections.map((section) =>
    section.type === "set" ? operandValue(section.val, original) : undefined,
  );
  const grown = new Set<AttributeValue[]>();
  update.sections.forEach((section, index) => {
    if (section.type === "remove") return;
    const parent = parentOf(draft, section.path);
    if (section.type === "set") place(parent, section.path, values[index], grown);
    else if (section.type === "add")
      place(parent, section.path, added(resolvePath(section.path, original), section.val), grown);
    else place(parent, section.path, withoutMembers(resolvePath(section.path, original), section.val), grown);
  });
  for (const list of grown) list.splice(0, list.length, ...Object.values(list));
  // Deepest first and last position first, so that no removal moves what another one means.
  const removals = update.sections.filter((section) => section.type === "remove").map((section) => section.path);
  for (const path of removals.toSorted((a, b) => b.length - a.length || Number(b.at(-1)) - Number(a.at(-1)) || 0))
    place(parentOf(draft, path), path, undefined, grown);
  return draft;
}

/** A copy to work on. Only what is changed inside is copied through and through: that costs more than all the rest. */
function draftOf(original: Item, { sections }: ParsedUpdate): Record<string, AttributeValue> {
  const draft: Record<string, AttributeValue> = { ...original };
  for (const { path } of sections) {
    const root = String(path[0]);
    const value = original[root];
    if (path.length > 1 && value !== undefined && draft[root] === value) draft[root] = structuredClone(value);
  }
  return draft;
}

function parentOf(draft: Record<string, AttributeValue>, path: DocumentPath): Draft {
  const parent = resolvePath(path.slice(0, -1), draft) as Draft | undefined;
  const inside = typeof path.at(-1) === "number" ? parent?.L : parent?.M;
  if (parent === undefined || inside === undefined)
    throw invalid("The document path provided in the update expression is invalid for update");
  return parent;
}

function place(
  parent: Draft,
  path: DocumentPath,
  value: AttributeValue | undefined,
  grown: Set<AttributeValue[]>,
): void {
  const last = path.at(-1);
  if (typeof last === "number") {
    const list = parent.L ?? [];
    if (value === undefined) list.splice(last, 1);
    else {
      if (last >= list.length) grown.add(list);
      list[last] = value;
    }
  } else if (parent.M !== undefined && last !== undefined) {
    if (value === undefined) delete parent.M[last];
    else parent.M[last] = value;
  }
}

function operandValue(operand: UpdateOperand, item: Item): AttributeValue {
  if (isPath(operand)) {
    const value = resolvePath(operand, item);
    if (value === undefined)
      throw invalid("The provided expression refers to an attribute that does not exist in the item");
    return value;
  }
  if (!("args" in operand)) return operand;
  const [first, second] = operand.args;
  if (first === undefined || second === undefined) throw invalid(WRONG_OPERAND);
  if (operand.name === "if_not_exists")
    return (isPath(first) ? resolvePath(first, item) : undefined) ?? operandValue(second, item);
  const [left, right] = [operandValue(first, item), operandValue(second, item)];
  if (operand.name === "list_append") {
    if (left.L === undefined || right.L === undefined) throw invalid(WRONG_OPERAND);
    return { L: [...left.L, ...right.L] };
  }
  if (left.N === undefined || right.N === undefined) throw invalid(WRONG_OPERAND);
  return numberValue(operand.type === "add" ? new Big(left.N).plus(right.N) : new Big(left.N).minus(right.N));
}

function isPath(operand: UpdateOperand): operand is DocumentPath {
  return Array.isArray(operand);
}

function numberValue(number: Big): AttributeValue {
  if (number.c.length > 38) throw invalid("Attempting to store more than 38 significant digits in a Number");
  if (number.e > 125)
    throw invalid("Number overflow. Attempting to store a number with magnitude larger than supported range");
  return { N: number.toFixed() };
}

function added(existing: AttributeValue | undefined, operand: AttributeValue): AttributeValue {
  if (existing === undefined) return operand;
  const type = typeOf(operand);
  if (typeOf(existing) !== type) throw invalid(WRONG_OPERAND);
  if (type === "N") return numberValue(new Big(existing.N ?? 0).plus(operand.N ?? 0));
  const members = membersOf(existing, type);
  return setValue(type, [...members, ...membersOf(operand, type).filter((member) => !members.some(sameAs(member)))]);
}

function withoutMembers(existing: AttributeValue | undefined, operand: AttributeValue): AttributeValue | undefined {
  if (existing === undefined) return undefined;
  const type = typeOf(operand);
  if (typeOf(existing) !== type) throw invalid(WRONG_OPERAND);
  const left = membersOf(existing, type).filter((member) => !membersOf(operand, type).some(sameAs(member)));
  return left.length === 0 ? undefined : setValue(type, left);
}

/** The members of a set as attributes of their own. */
function membersOf(set: AttributeValue, type: AttributeType): AttributeValue[] {
  if (type === "SS") return (set.SS ?? []).map((S) => ({ S }));
  if (type === "NS") return (set.NS ?? []).map((N) => ({ N }));
  return (set.BS ?? []).map((B) => ({ B }));
}

function setValue(type: AttributeType, members: readonly AttributeValue[]): AttributeValue {
  const member = type.slice(0, 1) as "S" | "N" | "B";
  return { [type as SetType]: members.map((value) => value[member]) } as AttributeValue;
}

function sameAs(wanted: AttributeValue): (member: AttributeValue) => boolean {
  return (member) => attributesEqual(member, wanted);
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
