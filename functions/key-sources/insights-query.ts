import { setTimeout as sleep } from "node:timers/promises";
import {
  type CloudWatchLogsClient,
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
  type ResultField,
  StartQueryCommand,
  StopQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { InvalidKeys, TransientFailure } from "../runtime/errors.ts";

export interface InsightsQuery {
  readonly groups: readonly string[];
  /** Epoch seconds, both included. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** At most 100,000. */
  readonly limit: number;
}

/** A query that came to no end: a smaller one may. */
export class QueryUnfinished extends Error {
  override readonly name = "QueryUnfinished";
}

export interface QueryAnswer {
  /** How many rows there were; fewer than matched means that some are missing. */
  readonly rows: number;
  readonly matched: number;
}

/** How a query is waited for; a test need not wait. */
export interface Patience {
  readonly pause: (milliseconds: number) => Promise<unknown>;
  readonly now: () => number;
}

export const PATIENCE: Patience = { pause: sleep, now: Date.now };

/** Well below the time of the function that asks. */
const MAX_QUERY_MS = 120_000;
/** Of 100 queries at a time in an account, dashboards may take all for a while. */
const MAX_WAIT_TO_START_MS = 45_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Runs a query and hands over its rows, a page at a time, once it is complete: what a running query shows is a part of
 * them. Whether all rows are there is for the caller to judge by what was matched.
 */
export async function runInsightsQuery(
  logs: CloudWatchLogsClient,
  query: InsightsQuery,
  take: (row: Readonly<Record<string, string>>) => void,
  patience: Patience = PATIENCE,
): Promise<QueryAnswer> {
  const queryId = await start(logs, query, patience);
  if (queryId === undefined) return runOneByOne(logs, query, take, patience);
  let page = await untilComplete(logs, queryId, patience);
  const matched = page.statistics?.recordsMatched;
  let rows = 0;
  for (;;) {
    for (const row of page.results ?? []) take(fieldsOf(row));
    rows += page.results?.length ?? 0;
    const { nextToken } = page;
    if (nextToken === undefined) return { rows, matched: matched ?? rows };
    page = await logs.send(new GetQueryResultsCommand({ queryId, nextToken }));
  }
}

/**
 * A time before the creation of log groups is refused, and whether of one or of all of them is not written down: asked one
 * by one, nothing can stand in a group that was not there yet.
 */
async function runOneByOne(
  logs: CloudWatchLogsClient,
  query: InsightsQuery,
  take: (row: Readonly<Record<string, string>>) => void,
  patience: Patience,
): Promise<QueryAnswer> {
  let [rows, matched] = [0, 0];
  for (const group of query.groups.length > 1 ? query.groups : []) {
    const answer = await runInsightsQuery(logs, { ...query, groups: [group] }, take, patience);
    rows += answer.rows;
    matched += answer.matched;
  }
  return { rows, matched };
}

/** Starts a query; undefined where its groups were not there yet at that time. */
async function start(
  logs: CloudWatchLogsClient,
  { groups, from, to, text, limit }: InsightsQuery,
  { pause, now }: Patience,
): Promise<string | undefined> {
  const until = now() + MAX_WAIT_TO_START_MS;
  const command = { logGroupNames: [...groups], startTime: from, endTime: to, queryString: text, limit };
  for (;;) {
    try {
      return (await logs.send(new StartQueryCommand(command))).queryId;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // The same words are used for a group that gave its lines up: that is refused by Preflight.
      if (error.name === "MalformedQueryException" && /creation time/.test(error.message)) return undefined;
      if (error.name === "ResourceNotFoundException")
        throw new InvalidKeys(
          `A log group of changeLogGroups (${groups.join(", ")}) is not there any more: ${error.message}. Choose another key source.`,
          { cause: error },
        );
      if (error.name !== "LimitExceededException") throw error;
      if (now() >= until)
        throw new TransientFailure(`Logs Insights has no place for a query: ${error.message}`, { cause: error });
      await pause(LONGEST_PAUSE_MS);
    }
  }
}

async function untilComplete(
  logs: CloudWatchLogsClient,
  queryId: string,
  { pause, now }: Patience,
): Promise<GetQueryResultsCommandOutput> {
  const until = now() + MAX_QUERY_MS;
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    const page = await logs.send(new GetQueryResultsCommand({ queryId }));
    if (page.status === "Complete") return page;
    if (page.status === "Failed" || page.status === "Timeout" || page.status === "Cancelled")
      throw new QueryUnfinished(`Query ${queryId} of Logs Insights ended as ${page.status}.`);
    if (now() >= until) {
      await stop(logs, queryId);
      throw new QueryUnfinished(`Query ${queryId} of Logs Insights took more than ${MAX_QUERY_MS / 1000} s.`);
    }
    await pause(wait);
  }
}

/** Nobody waits for it any more, but it takes a place of others. */
async function stop(logs: CloudWatchLogsClient, queryId: string): Promise<void> {
  try {
    await logs.send(new StopQueryCommand({ queryId }));
  } catch (error) {
    // It has ended in this moment.
    if (!(error instanceof Error) || error.name !== "InvalidParameterException") throw error;
  }
}

function fieldsOf(row: readonly ResultField[]): Record<string, string> {
  return Object.fromEntries(row.map(({ field = "", value = "" }) => [field, value]));
}
