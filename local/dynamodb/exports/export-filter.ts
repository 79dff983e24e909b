import { AwsError, NotInPocketAwsError } from "../../service.ts";
import type { AttributeValue, Item } from "../attribute-value.ts";
import { type ConditionNode, checkCondition, checkExpressionSize, holds } from "../condition-expression.ts";
import type { Parts } from "../parts.ts";
import type { Table } from "../tables.ts";
import type { ExportRequest } from "./table-export.ts";

/** Which items an export is narrowed to. A part that is absent narrows nothing. */
export interface ExportFilter {
  /** Decides by the key alone, so that what it leaves out is neither read nor billed. */
  readonly ofKeys: ((key: Item) => boolean) | undefined;
  /** Decides by the latest image, or the last one of a deleted item. */
  readonly ofImages: ((image: Item) => boolean) | undefined;
}

interface KeyCondition {
  readonly ComparisonOperator: string;
  readonly AttributeValueList: readonly AttributeValue[];
}

const OPERATORS: Readonly<Record<string, ConditionNode["type"]>> = {
  EQ: "=",
  LT: "<",
  LE: "<=",
  GT: ">",
  GE: ">=",
  BETWEEN: "between",
};

/** Checks a FilterSpecification against its table and makes tests of it. */
export function exportFilter(parts: Parts, table: Table, request: ExportRequest): ExportFilter {
  const specification = request.FilterSpecification;
  if (specification === undefined) return { ofKeys: undefined, ofImages: undefined };
  const { ProjectionExpression, KeyConditionExpression, ...rest } = specification;
  if (ProjectionExpression !== undefined)
    throw new NotInPocketAwsError("FilterSpecification.ProjectionExpression of ExportTableToPointInTime");
  if (KeyConditionExpression === undefined && rest.FilterExpression === undefined)
    throw new AwsError(
      "ValidationException",
      "FilterSpecification must have a KeyConditionExpression or a FilterExpression",
    );
  for (const kind of ["KeyConditionExpression", "FilterExpression"] as const)
    checkExpressionSize(kind, specification[kind] ?? "");
  const given = structuredClone({ TableName: table.name, ...rest });
  const checked =
    KeyConditionExpression === undefined
      ? parts.engine.check("Scan", given)
      : parts.engine.check("Query", { ...given, KeyConditionExpression });
  const filter = checked._filter as
    | { readonly expression: ConditionNode; readonly pathHeads: Readonly<Record<string, boolean>> }
    | undefined;
  if (filter !== undefined) checkCondition("FilterExpression", filter.expression);
  const conditions = checked.KeyConditions as Readonly<Record<string, KeyCondition>> | undefined;
  if (conditions !== undefined && filter !== undefined) refuseKeys(table, filter.pathHeads);
  return {
    ofKeys: conditions === undefined ? undefined : keyTest(table, conditions),
    ofImages: filter === undefined ? undefined : (image) => holds(filter.expression, image),
  };
}

function keyTest(table: Table, conditions: Readonly<Record<string, KeyCondition>>): (key: Item) => boolean {
  const names = table.engine.KeySchema.map((key) => key.AttributeName);
  if (conditions[table.partitionKeyName]?.ComparisonOperator !== "EQ")
    throw new AwsError("ValidationException", `Query condition missed key schema element: ${table.partitionKeyName}`);
  for (const name of Object.keys(conditions))
    if (!names.includes(name))
      throw new AwsError("ValidationException", `Query condition missed key schema element: ${names[1] ?? names[0]}`);
  const nodes = Object.entries(conditions).map(([name, condition]) => conditionNode(name, condition));
  return (key) => nodes.every((node) => holds(node, key));
}

function conditionNode(name: string, { ComparisonOperator, AttributeValueList }: KeyCondition): ConditionNode {
  const args = [[name], ...AttributeValueList];
  if (ComparisonOperator === "BEGINS_WITH") return { type: "function", name: "begins_with", args };
  const type = OPERATORS[ComparisonOperator];
  if (type === undefined) throw new NotInPocketAwsError(`the key condition ${ComparisonOperator} of an export`);
  return { type, args };
}

function refuseKeys(table: Table, pathHeads: Readonly<Record<string, boolean>>): void {
  for (const { AttributeName: name } of table.engine.KeySchema)
    if (pathHeads[name])
      throw new AwsError(
        "ValidationException",
        `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`,
      );
}
