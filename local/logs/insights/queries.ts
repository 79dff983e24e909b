import { randomUUID } from "node:crypto";
import type { Conditions } from "../../conditions.ts";
import { AwsError } from "../../service.ts";
import type { QueryResult } from "./run-query.ts";

/** "The maximum is 10,000 log events per request." */
const MAX_PAGE = 10_000;
/** "Up to 100 concurrent queries", of dashboards as well. */
const MAX_RUNNING = 100;
/** Results of older queries are given up: a process that lives long does not keep them all. */
const KEPT_QUERIES = 200;
/** The part of its time in which a query waits to be run. */
const SCHEDULED_PART = 0.25;

export interface QueryOutcome extends QueryResult {
  readonly scanned: number;
  readonly bytes: number;
  readonly groups: number;
}

interface Query {
  readonly outcome: QueryOutcome;
  readonly startedMs: number;
  /** Once a query has ended it stays so, whatever the conditions say later. */
  ended: "Complete" | "Failed" | "Timeout" | "Cancelled" | undefined;
}

export type QueryConditions = Pick<Conditions, "logsQueryMs" | "logsQueryFailure">;

/** The queries of Logs Insights. Each is worked out when it starts and shown as time goes by, as if it took that long. */
export class Queries {
  readonly #queries = new Map<string, Query>();
  readonly #conditions: QueryConditions;
  readonly #now: () => number;

  constructor(conditions: QueryConditions, now: () => number) {
    this.#conditions = conditions;
    this.#now = now;
  }

  start(run: () => QueryOutcome): string {
    const running = [...this.#queries.values()].filter((query) => this.#ended(query) === undefined);
    if (running.length >= MAX_RUNNING)
      throw new AwsError(
        "LimitExceededException",
        `Account maximum query concurrency limit of [${MAX_RUNNING}] reached.`,
      );
    const id = randomUUID();
    this.#queries.set(id, { outcome: run(), startedMs: this.#now(), ended: undefined });
    for (const oldest of this.#queries.keys()) {
      if (this.#queries.size <= KEPT_QUERIES) break;
      this.#queries.delete(oldest);
    }
    return id;
  }

  /** What GetQueryResults answers: nothing yet, some of the rows, or a page of them all. */
  results(id: string, page: { readonly token: string | undefined; readonly maxItems: number | undefined }): unknown {
    const query = this.#query(id);
    const ended = this.#ended(query);
    const { outcome } = query;
    const answer = (status: string, rows: QueryOutcome["rows"], part: number, nextToken?: string) => ({
      queryLanguage: "CWLI",
      status,
      results: rows,
      statistics: statisticsOf(outcome, part, ended === "Complete" ? outcome.rows.length : rows.length),
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    if (ended === "Complete") {
      const start = startOf(id, page.token);
      const end = start + pageSize(page.maxItems);
      return answer(ended, outcome.rows.slice(start, end), 1, end < outcome.rows.length ? tokenOf(id, end) : undefined);
    }
    if (ended !== undefined) return answer(ended, [], 0);
    const part = (this.#now() - query.startedMs) / this.#conditions.logsQueryMs;
    if (part < SCHEDULED_PART) return answer("Scheduled", [], 0);
    const found = Math.min(Math.floor(outcome.rows.length * part), pageSize(page.maxItems));
    return answer("Running", outcome.rows.slice(0, found), part);
  }

  stop(id: string): void {
    const query = this.#query(id);
    if (this.#ended(query) !== undefined)
      throw new AwsError("InvalidParameterException", `The query ${id} is not running.`);
    query.ended = "Cancelled";
  }

  #query(id: string): Query {
    const query = this.#queries.get(id);
    if (query === undefined) throw new AwsError("ResourceNotFoundException", `There is no query ${id}.`);
    return query;
  }

  #ended(query: Query): Query["ended"] {
    if (query.ended === undefined && this.#now() - query.startedMs >= this.#conditions.logsQueryMs)
      query.ended = this.#conditions.logsQueryFailure ?? "Complete";
    return query.ended;
  }
}

function statisticsOf({ matched, scanned, bytes, groups }: QueryOutcome, part: number, rows: number): unknown {
  return {
    recordsMatched: Math.floor(matched * part),
    recordsScanned: Math.floor(scanned * part),
    bytesScanned: Math.floor(bytes * part),
    estimatedRecordsSkipped: 0,
    estimatedBytesSkipped: 0,
    logGroupsScanned: groups,
    resultCount: rows,
  };
}

function pageSize(maxItems: number | undefined): number {
  const size = maxItems ?? MAX_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE)
    throw new AwsError(
      "InvalidParameterException",
      `maxItems is ${size}: it takes a whole number from 1 to ${MAX_PAGE}.`,
    );
  return size;
}

function tokenOf(id: string, start: number): string {
  return Buffer.from(`${id}/${start}`).toString("base64url");
}

function startOf(id: string, token: string | undefined): number {
  if (token === undefined) return 0;
  const [of, start] = Buffer.from(token, "base64url").toString().split("/");
  if (of !== id || !/^\d+$/.test(start ?? ""))
    throw new AwsError("InvalidParameterException", `The nextToken ${token} is not one of query ${id}.`);
  return Number(start);
}
