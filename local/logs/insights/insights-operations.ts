import type { JsonInput, JsonOperation } from "../../protocols/json.ts";
import { type ApiRequest, AwsError, NotInPocketAwsError } from "../../service.ts";
import type { LogGroup, LogStore } from "../log-store.ts";
import { LogRecord } from "./log-record.ts";
import { parseQuery } from "./parse-query.ts";
import { Queries, type QueryConditions, type QueryOutcome } from "./queries.ts";
import type { Command } from "./query.ts";
import { runQuery } from "./run-query.ts";
import { malformedQuery } from "./tokens.ts";

const MAX_GROUPS = 50;
const MAX_QUERY_LENGTH = 10_000;
/** "The maximum limit is 100,000"; without one a query gives 10,000 rows. */
const MAX_ROWS = 100_000;
const STANDARD_ROWS = 10_000;
const DAY_MS = 86_400_000;

export interface InsightsDependencies {
  readonly accountId: string;
  /** Of a log group, without its name. */
  readonly arnPrefix: string;
  readonly store: LogStore;
  readonly conditions: QueryConditions;
  readonly now: () => number;
  readonly authorizeGroup: (request: ApiRequest, action: string, group: string) => void;
  readonly authorizeAny: (request: ApiRequest, action: string) => void;
}

/** StartQuery, GetQueryResults and StopQuery. */
export function insightsOperations(dependencies: InsightsDependencies): Readonly<Record<string, JsonOperation>> {
  const queries = new Queries(dependencies.conditions, dependencies.now);
  return {
    StartQuery: {
      members: [
        "queryLanguage",
        "logGroupName",
        "logGroupNames",
        "logGroupIdentifiers",
        "startTime",
        "endTime",
        "queryString",
        "limit",
      ],
      run: (input, request) => ({ queryId: queries.start(preparedQuery(dependencies, input, request)) }),
    },
    GetQueryResults: {
      members: ["queryId", "nextToken", "maxItems"],
      run: (input, request) => {
        dependencies.authorizeAny(request, "GetQueryResults");
        return queries.results(input.text("queryId"), {
          token: input.optionalText("nextToken"),
          maxItems: input.optionalNumber("maxItems"),
        });
      },
    },
    StopQuery: {
      members: ["queryId"],
      run: (input, request) => {
        dependencies.authorizeAny(request, "StopQuery");
        queries.stop(input.text("queryId"));
        return { success: true };
      },
    },
  };
}

/** Refuses all that can be refused before a query counts as started. */
function preparedQuery(dependencies: InsightsDependencies, input: JsonInput, request: ApiRequest): () => QueryOutcome {
  const language = input.optionalText("queryLanguage") ?? "CWLI";
  if (language !== "CWLI") throw new NotInPocketAwsError(`the query language ${language} of logs:StartQuery`);
  const names = groupNames(dependencies, input);
  for (const name of names) dependencies.authorizeGroup(request, "StartQuery", name);
  const groups = names.map((name) => dependencies.store.group(name));
  const [fromMs, toMs] = timeRange(input);
  refuseUnknowableTime(groups, fromMs, toMs, dependencies.now());
  const limit = rowLimit(input.optionalNumber("limit"));
  const commands = commandsOf(input.text("queryString"));
  return () => outcomeOf(dependencies.accountId, groups, { fromMs, toMs, commands, limit });
}

function outcomeOf(
  accountId: string,
  groups: readonly LogGroup[],
  query: { fromMs: number; toMs: number; commands: readonly Command[]; limit: number },
): QueryOutcome {
  const records = groups
    .flatMap(({ name, events }) =>
      events
        .filter(({ timestamp }) => timestamp >= query.fromMs && timestamp <= query.toMs)
        .map((event) => new LogRecord(event, { accountId, group: name })),
    )
    .sort((one, other) => other.event.timestamp - one.event.timestamp || other.event.id - one.event.id);
  return {
    ...runQuery(query.commands, records, query.limit),
    scanned: records.length,
    bytes: records.reduce((bytes, { event }) => bytes + Buffer.byteLength(event.message), 0),
    groups: groups.length,
  };
}

function groupNames({ arnPrefix }: InsightsDependencies, input: JsonInput): readonly string[] {
  const one = input.optionalText("logGroupName");
  const given = [
    one === undefined ? undefined : [one],
    input.optionalTexts("logGroupNames"),
    input
      .optionalTexts("logGroupIdentifiers")
      ?.map((name) => (name.startsWith(arnPrefix) ? name.slice(arnPrefix.length) : name)),
  ].filter((names) => names !== undefined);
  const [names, ...others] = given;
  if (names === undefined || others.length > 0)
    throw invalid("Give exactly one of logGroupName, logGroupNames and logGroupIdentifiers.");
  if (names.length === 0 || names.length > MAX_GROUPS)
    throw invalid(`A query takes 1 to ${MAX_GROUPS} log groups, not ${names.length}.`);
  return [...new Set(names)];
}

/** Whole seconds, both ends included. Nothing says that the last second is meant as a whole, so it is not. */
function timeRange(input: JsonInput): readonly [number, number] {
  const seconds = (name: string): number => {
    const value = input.optionalNumber(name);
    if (value === undefined) throw invalid(`${name} is missing.`);
    // Milliseconds would be a time in the year 50,000, of which nothing is found: a mistake that nobody would see.
    if (!Number.isInteger(value) || value < 0 || value > 99_999_999_999)
      throw invalid(`${name} is ${value}: it takes whole seconds since 1970.`);
    return value;
  };
  const [start, end] = [seconds("startTime"), seconds("endTime")];
  if (start > end) throw invalid(`startTime ${start} is after endTime ${end}.`);
  return [start * 1000, end * 1000];
}

/** A range that ends before anything was or still is kept is an error on AWS; lines that were given up are one here. */
function refuseUnknowableTime(groups: readonly LogGroup[], fromMs: number, toMs: number, nowMs: number): void {
  const isKnown = ({ createdAtMs, retentionInDays }: LogGroup) =>
    toMs >= createdAtMs - (createdAtMs % 1000) &&
    (retentionInDays === undefined || toMs >= nowMs - retentionInDays * DAY_MS);
  if (!groups.some(isKnown))
    throw malformedQuery(
      "its end date and time is either before the log groups creation time or exceeds the log groups log retention settings",
    );
  for (const { name, givenUpUntilMs } of groups)
    if (givenUpUntilMs !== undefined && givenUpUntilMs >= fromMs)
      throw new NotInPocketAwsError(
        `the lines of log group ${name} up to ${new Date(givenUpUntilMs).toISOString()} any more: it keeps the latest ones only`,
      );
}

function rowLimit(limit: number | undefined): number {
  if (limit === undefined) return STANDARD_ROWS;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_ROWS)
    throw invalid(`limit is ${limit}: it takes a whole number from 1 to ${MAX_ROWS}.`);
  return limit;
}

function commandsOf(text: string): readonly Command[] {
  if (text.length > MAX_QUERY_LENGTH)
    throw invalid(`queryString has ${text.length} characters, of at most ${MAX_QUERY_LENGTH}.`);
  const commands = parseQuery(text);
  for (const command of commands)
    if (command.name === "limit" && command.count > MAX_ROWS)
      throw malformedQuery(`limit ${command.count} is more than ${MAX_ROWS}`);
  return commands;
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}
