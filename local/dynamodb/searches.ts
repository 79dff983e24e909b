import { AwsError, type Caller } from "../service.ts";
import type { AttributeValue } from "./attribute-value.ts";
import { leadingKeyText } from "./authorization.ts";
import { type ConditionNode, checkCondition, checkExpressionSize, holds } from "./condition-expression.ts";
import type { CheckedRequest } from "./engine.ts";
import { consumedCapacity, projected } from "./item-actions.ts";
import { itemSize, readUnits } from "./item-size.ts";
import type { Actions, Input, Output, Parts } from "./parts.ts";
import type { Table } from "./tables.ts";

/** Query and Scan. */
export function searchActions(parts: Parts): Actions {
  return {
    Query: (caller, input) => search(parts, caller, "Query", input),
    Scan: (caller, input) => search(parts, caller, "Scan", input),
  };
}

interface ParsedFilter {
  readonly expression: ConditionNode;
  readonly pathHeads: Readonly<Record<string, boolean>>;
}

async function search(parts: Parts, caller: Caller, action: "Query" | "Scan", input: Input): Promise<Output> {
  const request = parts.engine.check(action, input);
  for (const kind of ["FilterExpression", "KeyConditionExpression", "ProjectionExpression"] as const)
    if (typeof request[kind] === "string") checkExpressionSize(kind, request[kind]);
  const filter = request._filter as ParsedFilter | undefined;
  if (filter !== undefined) checkCondition("FilterExpression", filter.expression);
  const [tableName, index] = [String(request.TableName), request.IndexName as string | undefined];
  parts.authorization.authorize({
    caller,
    action,
    table: tableName,
    index,
    leadingKeys: action === "Query" ? leadingKeysOfQuery(parts.tables.find(tableName), index, request) : undefined,
  });
  const table = parts.tables.active(tableName);
  if (action === "Query" && filter !== undefined) refuseKeysInFilter(table, index, filter);
  const page = await parts.engine.page(action, table.engine, request);
  const items = filter === undefined ? page.items : page.items.filter((item) => holds(filter.expression, item));
  const bytes = page.items.reduce((sum, item) => sum + itemSize(item), 0);
  const units = readUnits(bytes, request.ConsistentRead === true);
  parts.statistics.countRead(tableName, caller.principalArn, page.scannedCount, units);
  return {
    Count: items.length,
    ScannedCount: page.scannedCount,
    ...(request.Select === "COUNT" ? {} : { Items: items.map((item) => projected(item, request)) }),
    ...(page.lastEvaluatedKey === undefined ? {} : { LastEvaluatedKey: page.lastEvaluatedKey }),
    ...consumedCapacity(request, tableName, units),
  };
}

function keySchemaOf(table: Table, index: string | undefined) {
  const indexes = [...(table.engine.GlobalSecondaryIndexes ?? []), ...(table.engine.LocalSecondaryIndexes ?? [])];
  return indexes.find((candidate) => candidate.IndexName === index)?.KeySchema ?? table.engine.KeySchema;
}

function leadingKeysOfQuery(table: Table | undefined, index: string | undefined, request: CheckedRequest) {
  const partitionKey = table === undefined ? undefined : keySchemaOf(table, index)[0]?.AttributeName;
  if (partitionKey === undefined) return undefined;
  const conditions = request.KeyConditions as Readonly<
    Record<string, { readonly ComparisonOperator: string; readonly AttributeValueList: readonly AttributeValue[] }>
  >;
  const condition = conditions[partitionKey];
  const text = condition?.ComparisonOperator === "EQ" ? leadingKeyText(condition.AttributeValueList[0]) : undefined;
  return text === undefined ? undefined : [text];
}

function refuseKeysInFilter(table: Table, index: string | undefined, filter: ParsedFilter): void {
  for (const { AttributeName: name } of keySchemaOf(table, index))
    if (filter.pathHeads[name])
      throw new AwsError(
        "ValidationException",
        `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`,
      );
}
