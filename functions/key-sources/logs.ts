import type { Item } from "../items/item.ts";
import { canonicalKey } from "../items/key.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidKeys, TransientFailure } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { changeInMessage } from "./change-line.ts";
import { type InsightsQuery, PATIENCE, type QueryAnswer, QueryUnfinished, runInsightsQuery } from "./insights-query.ts";
import type { Cursor, FoundKey, KeySource } from "./key-source.ts";
import { changeLinesQuery, isAskedFor, writtenByOf } from "./logs-query.ts";

/** Clocks of applications differ by that much from DynamoDB's. */
const CLOCKS_DIFFER_SECONDS = 60;
/** Lines are found by queries some seconds after they were written. */
const FOUND_AFTER_SECONDS = 30;
/** Rows of a page: a window that has them all is cut into smaller ones. */
const A_PAGE = 10_000;
/** The most that a query gives, for a second that can't be cut any more. */
const MOST_ROWS = 100_000;

/** A stretch of the log that is read by one query; seconds of the epoch. */
interface LogsCursor extends Cursor {
  readonly from: number;
  /** How long the stretch is. */
  readonly seconds: number;
  /** Where the last one ends: decided once, so that every slice means the same. */
  readonly until: number;
  /** The last key of the stretch that was read, and how often: lines of one millisecond come in any order. */
  readonly after?: { readonly key: string; readonly times: number };
}

/** Keys of the items whose change was logged during the incident, give or take a minute. */
async function* read(
  recovery: Recovery,
  from: Cursor | undefined,
  deps: Dependencies,
): AsyncGenerator<FoundKey, void, undefined> {
  let cursor = (from as LogsCursor | undefined) ?? firstStretch(recovery, deps);
  while (cursor.from < cursor.until) {
    const found = await readStretch(recovery, cursor, deps);
    if ("cut" in found) cursor = found.cut;
    else {
      yield* keysOf(found.keys, cursor, recovery);
      cursor = nextStretch(cursor, found.lines);
    }
    yield { resumeAt: cursor };
  }
}

function firstStretch({ restoreDateTime, incidentEnd }: Recovery, { now }: Dependencies): LogsCursor {
  const from = restoreDateTime + 1 - CLOCKS_DIFFER_SECONDS;
  const present = Math.ceil(now().getTime() / 1000) + 1;
  const until = incidentEnd === undefined ? present : Math.min(present, incidentEnd + 1 + CLOCKS_DIFFER_SECONDS);
  return { from, seconds: Math.max(1, until - from), until };
}

function nextStretch({ from, seconds, until }: LogsCursor, lines: number): LogsCursor {
  const longer = lines < A_PAGE / 4 ? seconds * 2 : seconds;
  const next = Math.min(from + seconds, until);
  return { from: next, seconds: Math.max(1, Math.min(longer, until - next)), until };
}

/** The keys of a stretch in an order of their own, which is the same however often the stretch is read. */
function* keysOf(keys: readonly Item[], cursor: LogsCursor, { keySchema }: Recovery): Generator<FoundKey> {
  const ordered = keys
    .map((key) => ({ key, id: canonicalKey(key, keySchema) }))
    .sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  const { after } = cursor;
  let [last, times] = ["", 0];
  for (const { key, id } of ordered) {
    times = id === last ? times + 1 : 1;
    last = id;
    if (after && (id < after.key || (id === after.key && times <= after.times))) continue;
    const resumeAt: LogsCursor = { ...cursor, after: { key: id, times } };
    yield { key, resumeAt };
  }
}

/** The keys of a stretch, if all of it could be read; else a shorter one that begins at the same second. */
async function readStretch(
  recovery: Recovery,
  cursor: LogsCursor,
  deps: Dependencies,
): Promise<{ readonly keys: readonly Item[]; readonly lines: number } | { readonly cut: LogsCursor }> {
  await untilFound(cursor, deps);
  const limit = cursor.seconds > 1 ? A_PAGE : MOST_ROWS;
  const keys: Item[] = [];
  const answer = await query(recovery, { ...windowOf(cursor), limit }, keys, deps);
  // A full page is no complete answer, whatever is said to have matched.
  if (answer && answer.matched <= answer.rows && answer.rows < limit) return { keys, lines: answer.rows };
  if (cursor.seconds === 1) throw tooMuch(recovery, cursor, answer?.matched);
  const fits = answer ? Math.min(0.5, A_PAGE / 2 / Math.max(1, answer.matched)) : 0.5;
  const { from, until } = cursor;
  return { cut: { from, seconds: Math.max(1, Math.floor(cursor.seconds * fits)), until } };
}

function windowOf({ from, seconds }: LogsCursor): Pick<InsightsQuery, "from" | "to"> {
  // To the beginning of the next second: whether the last one is meant as a whole is not written down.
  return { from, to: from + seconds };
}

/** Lines of a moment ago may not be found yet. */
async function untilFound({ from, seconds }: LogsCursor, { now }: Dependencies): Promise<void> {
  const waitMs = (from + seconds + FOUND_AFTER_SECONDS) * 1000 - now().getTime();
  if (waitMs > 0) await PATIENCE.pause(waitMs);
}

/** What the query answers; undefined where it came to no end. */
async function query(
  recovery: Recovery,
  window: Pick<InsightsQuery, "from" | "to" | "limit">,
  keys: Item[],
  { aws }: Dependencies,
): Promise<QueryAnswer | undefined> {
  const writtenBy = writtenByOf(recovery);
  const take = (row: Readonly<Record<string, string>>) => {
    const { "@timestamp": time, "@message": message = "" } = row;
    const change = changeInMessage(message, recovery, `Change log line of ${time}`);
    if (change && isAskedFor(change, writtenBy)) keys.push(change.key);
  };
  const text = changeLinesQuery(recovery);
  try {
    return await runInsightsQuery(aws.logs, { ...window, groups: recovery.table.changeLogGroups, text }, take);
  } catch (error) {
    if (error instanceof QueryUnfinished) return undefined;
    throw error;
  }
}

function tooMuch({ table }: Recovery, { from }: LogsCursor, matched: number | undefined): Error {
  const second = new Date(from * 1000).toISOString();
  return matched === undefined
    ? new TransientFailure(`Logs Insights does not come to an end with one second (${second}) of the change log.`)
    : new InvalidKeys(
        `The change log of "${table.tableName}" has ${matched} lines in one second (${second}), and a query gives at most ${MOST_ROWS}: choose another key source, or narrow this one by "writers" or "actions".`,
      );
}

/** What a change log can't show. */
function blindSpot({ table }: Recovery): string {
  return `the change log (${table.changeLogGroups.join(", ")}) shows only writes whose program logs them: none by hand, none by scripts, no TTL deletes`;
}

export const logs: KeySource = { kind: "logs", read, blindSpot };
