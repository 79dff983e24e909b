import { ITEM_CHANGE } from "../../kit/item-change-line.ts";
import type { WrittenBy } from "../contracts.ts";
import { InvalidKeys } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";

export function writtenByOf({ request }: Pick<Recovery, "request">): WrittenBy {
  const { keysFrom } = request;
  if (!keysFrom || !("logs" in keysFrom))
    throw new InvalidKeys('Request field keysFrom has no "logs": give one, or choose another key source.');
  return keysFrom.logs;
}

/** Text that means the same in any quotes, and that nobody takes for a number. */
const PLAIN_TEXT = /^[A-Za-z][\w.:/@+ -]*$/;
/** A query has at most 10,000 characters; longer lists are left to {@link isAskedFor}. */
const MAX_LIST = 5_000;

/**
 * Asks for the change lines of a table, oldest first. Only plain text from the request stands in the query: how Insights
 * reads quotes and signs inside of text is not written down well enough to build on. Every line is judged again, exactly.
 */
export function changeLinesQuery(recovery: Pick<Recovery, "request" | "table">): string {
  const { writers, actions } = writtenByOf(recovery);
  const conditions = [
    `kind = ${quoted(ITEM_CHANGE)}`,
    ...oneOf("table", [recovery.table.tableName]),
    ...oneOf("action", actions),
    ...oneOf("writer", writers),
  ];
  return `fields @timestamp, @message | filter ${conditions.join(" and ")} | sort @timestamp asc`;
}

function oneOf(field: string, values: readonly string[] | undefined): string[] {
  if (!values?.every((value) => PLAIN_TEXT.test(value))) return [];
  const list = values.map(quoted).join(", ");
  return list.length > MAX_LIST ? [] : [`${field} in [${list}]`];
}

function quoted(text: string): string {
  return `"${text}"`;
}

/** Whether a change is one of those that the request asks for. */
export function isAskedFor(
  change: { readonly writer?: unknown; readonly action?: unknown },
  { writers, actions }: WrittenBy,
): boolean {
  const isIn = (value: unknown, values: readonly string[] | undefined) =>
    values === undefined || (typeof value === "string" && values.includes(value));
  return isIn(change.writer, writers) && isIn(change.action, actions);
}
