import { conditionHolds } from "./condition-holds.ts";
import type { FieldValue, LogRecord } from "./log-record.ts";
import type { Column, Command } from "./query.ts";

export interface ResultField {
  readonly field: string;
  readonly value: string;
}
export type ResultRow = readonly ResultField[];

export interface QueryResult {
  readonly rows: readonly ResultRow[];
  /** Log events that passed every filter, also those beyond the limit. */
  readonly matched: number;
}

/** What a query without `fields` shows. */
const STANDARD_COLUMNS: readonly Column[] = ["@timestamp", "@message"].map((field) => ({ field, as: field }));

/** Runs the commands of a query, one after the other, over log events that begin with the newest. */
export function runQuery(commands: readonly Command[], records: readonly LogRecord[], limit: number): QueryResult {
  let found = records;
  let matched = records.length;
  const columns: Column[] = [];
  for (const command of commands) {
    switch (command.name) {
      case "fields":
        columns.push(...command.columns);
        for (const record of found) for (const { as, field } of command.columns) record.alias(as, field);
        break;
      case "filter":
        found = found.filter((record) => conditionHolds(command.condition, record));
        matched = found.length;
        break;
      case "sort":
        found = sorted(found, command.by);
        break;
      case "dedup":
        found = firstOfEach(found, command.fields);
        break;
      case "limit":
        found = found.slice(0, command.count);
        break;
    }
  }
  const shown = columns.length > 0 ? columns : STANDARD_COLUMNS;
  return { rows: found.slice(0, limit).map((record) => rowOf(record, shown)), matched };
}

/** A row leaves out the fields that its event does not have. */
function rowOf(record: LogRecord, columns: readonly Column[]): ResultRow {
  const row: ResultField[] = [];
  for (const { as } of columns) {
    const value = record.value(as);
    if (value !== undefined) row.push({ field: as, value: value.text });
  }
  return [...row, { field: "@ptr", value: record.pointer }];
}

function sorted(records: readonly LogRecord[], by: Extract<Command, { name: "sort" }>["by"]): LogRecord[] {
  // Values are taken once: a comparison is made far more often than a record is read.
  const keyed = records.map((record) => ({ record, values: by.map(({ field }) => record.value(field)) }));
  keyed.sort((one, other) => {
    for (const [index, { descending }] of by.entries()) {
      const order = compareValues(one.values[index], other.values[index]);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
  return keyed.map(({ record }) => record);
}

/** Absent fields first, then texts, then numbers. */
function compareValues(a: FieldValue | undefined, b: FieldValue | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (a.number !== undefined && b.number !== undefined) return a.number - b.number;
  if (a.number !== undefined || b.number !== undefined) return a.number === undefined ? -1 : 1;
  if (a.text === b.text) return 0;
  return a.text < b.text ? -1 : 1;
}

/** "Only the first result for each unique value of the fields"; events without one of them are all kept. */
function firstOfEach(records: readonly LogRecord[], fields: readonly string[]): LogRecord[] {
  const seen = new Set<string>();
  return records.filter((record) => {
    const values = fields.map((field) => record.value(field)?.text);
    if (values.includes(undefined)) return true;
    const text = JSON.stringify(values);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}
