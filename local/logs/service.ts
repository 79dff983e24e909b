import { quietConditions } from "../conditions.ts";
import { type JsonInput, type JsonOperation, runJsonOperation } from "../protocols/json.ts";
import { type ApiRequest, type ApiResponse, type Authorizer, AwsError, type Service } from "../service.ts";
import { filterPattern } from "./filter-pattern.ts";
import { insightsOperations } from "./insights/insights-operations.ts";
import type { QueryConditions } from "./insights/queries.ts";
import { type LogEvent, type LogGroup, LogStore } from "./log-store.ts";

/** Retention periods that CloudWatch Logs takes. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export interface LogsOptions {
  readonly accountId?: string;
  readonly region?: string;
  readonly authorizer: Authorizer;
  readonly now?: () => number;
  /** @default a query takes a moment and ends well */
  readonly conditions?: QueryConditions;
}

/** CloudWatch Logs: groups, streams, lines put by API or by the pocket AWS's own services, and queries of Logs Insights. */
export class LogsService implements Service {
  readonly signingName = "logs";
  readonly #arnPrefix: string;
  readonly #authorizer: Authorizer;
  readonly #now: () => number;
  readonly #store = new LogStore();
  readonly #operations: Readonly<Record<string, JsonOperation>>;

  constructor({
    accountId = "111122223333",
    region = "us-east-1",
    authorizer,
    now = Date.now,
    conditions = quietConditions(),
  }: LogsOptions) {
    this.#arnPrefix = `arn:aws:logs:${region}:${accountId}:log-group:`;
    this.#authorizer = authorizer;
    this.#now = now;
    this.#operations = {
      CreateLogGroup: {
        members: ["logGroupName", "tags"],
        run: (input, request) => {
          this.#authorize(input, request, input.text("logGroupName"));
          this.#store.create(input.text("logGroupName"), this.#now());
        },
      },
      DeleteLogGroup: {
        members: ["logGroupName"],
        run: (input, request) => {
          this.#store.groups.delete(this.#groupFor(input, request).name);
        },
      },
      PutRetentionPolicy: {
        members: ["logGroupName", "retentionInDays"],
        run: (input, request) => {
          const group = this.#groupFor(input, request);
          const days = input.optionalNumber("retentionInDays") ?? 0;
          if (!RETENTION_DAYS.includes(days)) {
            throw new AwsError(
              "InvalidParameterException",
              `retentionInDays ${days} is none of ${RETENTION_DAYS.join(", ")}.`,
            );
          }
          group.retentionInDays = days;
        },
      },
      DescribeLogGroups: {
        members: ["logGroupNamePrefix", "limit", "nextToken"],
        run: (input, request) => this.#describeGroups(input, request),
      },
      CreateLogStream: {
        members: ["logGroupName", "logStreamName"],
        run: (input, request) => {
          this.#store.createStream(this.#groupFor(input, request), input.text("logStreamName"), this.#now());
        },
      },
      DescribeLogStreams: {
        members: ["logGroupName", "logStreamNamePrefix", "limit", "nextToken"],
        run: (input, request) => this.#describeStreams(input, request),
      },
      PutLogEvents: {
        members: ["logGroupName", "logStreamName", "logEvents", "sequenceToken"],
        run: (input, request) => this.#putEvents(input, request),
      },
      GetLogEvents: {
        members: ["logGroupName", "logStreamName", "startTime", "endTime", "limit", "startFromHead", "nextToken"],
        run: (input, request) => this.#getEvents(input, request),
      },
      FilterLogEvents: {
        members: ["logGroupName", "logStreamNames", "startTime", "endTime", "filterPattern", "limit", "nextToken"],
        run: (input, request) => this.#filterEvents(input, request),
      },
      ...insightsOperations({
        accountId,
        arnPrefix: this.#arnPrefix,
        store: this.#store,
        conditions,
        now,
        authorizeGroup: ({ caller }, action, group) =>
          authorizer.authorize({ caller, action: `logs:${action}`, resource: `${this.#arnPrefix}${group}:*` }),
        authorizeAny: ({ caller }, action) => authorizer.authorize({ caller, action: `logs:${action}`, resource: "*" }),
      }),
    };
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return runJsonOperation("logs", this.#operations, request);
  }

  /** A line from a service of the pocket AWS (Lambda, Step Functions); makes group and stream where they are not there. */
  append(groupName: string, stream: string, message: string): void {
    const now = this.#now();
    const group = this.#store.groups.get(groupName) ?? this.#store.create(groupName, now);
    if (!group.streams.has(stream)) this.#store.createStream(group, stream, now);
    this.#store.append(group, { stream, timestamp: now, ingestionTime: now, message });
  }

  /** The lines of a group that are still kept, oldest first; empty for a group that is not there. */
  eventsOf(groupName: string): readonly LogEvent[] {
    return this.#store.groups.get(groupName)?.events ?? [];
  }

  #describeGroups(input: JsonInput, request: ApiRequest): unknown {
    const prefix = input.optionalText("logGroupNamePrefix") ?? "";
    this.#authorizer.authorize({
      caller: request.caller,
      action: "logs:DescribeLogGroups",
      resource: `${this.#arnPrefix}*`,
    });
    const groups = [...this.#store.groups.values()].filter(({ name }) => name.startsWith(prefix));
    const { page, nextToken } = pageOf(input, groups, 50);
    const logGroups = page.map(({ name, createdAtMs, retentionInDays }) => ({
      logGroupName: name,
      creationTime: createdAtMs,
      retentionInDays,
      arn: `${this.#arnPrefix}${name}:*`,
      logGroupArn: `${this.#arnPrefix}${name}`,
    }));
    return { logGroups, nextToken };
  }

  #describeStreams(input: JsonInput, request: ApiRequest): unknown {
    const group = this.#groupFor(input, request);
    const prefix = input.optionalText("logStreamNamePrefix") ?? "";
    const { page, nextToken } = pageOf(
      input,
      [...group.streams].filter(([name]) => name.startsWith(prefix)),
      50,
    );
    const logStreams = page.map(([logStreamName, { createdAtMs }]) => ({ logStreamName, creationTime: createdAtMs }));
    return { logStreams, nextToken };
  }

  #putEvents(input: JsonInput, request: ApiRequest): unknown {
    const group = this.#groupFor(input, request);
    const stream = input.text("logStreamName");
    for (const { timestamp, message } of input.objects("logEvents")) {
      if (typeof timestamp !== "number" || typeof message !== "string") {
        throw new AwsError("InvalidParameterException", "Every log event needs a timestamp and a message.");
      }
      this.#store.append(group, { stream, timestamp, ingestionTime: this.#now(), message });
    }
    return {};
  }

  #getEvents(input: JsonInput, request: ApiRequest): unknown {
    const group = this.#groupFor(input, request);
    const stream = input.text("logStreamName");
    if (!group.streams.has(stream)) {
      throw new AwsError("ResourceNotFoundException", `The specified log stream does not exist: ${stream}`);
    }
    const events = within(input, group).filter((event) => event.stream === stream);
    const limit = input.optionalNumber("limit") ?? 10_000;
    const token = input.optionalText("nextToken");
    const start =
      token === undefined
        ? input.optionalBoolean("startFromHead") === true
          ? 0
          : Math.max(0, events.length - limit)
        : Number(token.slice(2));
    const page = events.slice(start, start + limit);
    return {
      events: page.map(({ timestamp, ingestionTime, message }) => ({ timestamp, ingestionTime, message })),
      // At the end AWS gives the same token again; readers stop when it does not change.
      nextForwardToken: `f/${start + page.length}`,
      nextBackwardToken: `b/${Math.max(0, start - limit)}`,
    };
  }

  #filterEvents(input: JsonInput, request: ApiRequest): unknown {
    const group = this.#groupFor(input, request);
    const streams = input.optionalTexts("logStreamNames");
    const matches = filterPattern(input.optionalText("filterPattern") ?? "");
    const found = within(input, group).filter((event) => {
      return (streams === undefined || streams.includes(event.stream)) && matches(event.message);
    });
    const { page, nextToken } = pageOf(input, found, 10_000);
    const events = page.map(({ id, stream, timestamp, ingestionTime, message }) => {
      return { eventId: String(id), logStreamName: stream, timestamp, ingestionTime, message };
    });
    return { events, nextToken };
  }

  #groupFor(input: JsonInput, request: ApiRequest): LogGroup {
    const name = input.text("logGroupName");
    this.#authorize(input, request, name);
    return this.#store.group(name);
  }

  /** Actions on a stream's lines are authorised on the stream, the others on the group with its trailing `:*`. */
  #authorize(input: JsonInput, { caller }: ApiRequest, group: string): void {
    const stream =
      input.action === "PutLogEvents" || input.action === "GetLogEvents" ? input.text("logStreamName") : undefined;
    const resource = `${this.#arnPrefix}${group}:${stream === undefined ? "*" : `log-stream:${stream}`}`;
    this.#authorizer.authorize({ caller, action: `logs:${input.action}`, resource });
  }
}

/** Events of the asked time, in the order of their timestamps. */
function within(input: JsonInput, group: LogGroup): LogEvent[] {
  const from = input.optionalNumber("startTime") ?? Number.NEGATIVE_INFINITY;
  const to = input.optionalNumber("endTime") ?? Number.POSITIVE_INFINITY;
  return group.events
    .filter(({ timestamp }) => timestamp >= from && timestamp <= to)
    .sort((a, b) => a.timestamp - b.timestamp || a.id - b.id);
}

function pageOf<Item>(
  input: JsonInput,
  items: readonly Item[],
  standard: number,
): { readonly page: readonly Item[]; readonly nextToken: string | undefined } {
  const start = Number(input.optionalText("nextToken") ?? 0);
  const end = start + (input.optionalNumber("limit") ?? standard);
  return { page: items.slice(start, end), nextToken: end < items.length ? String(end) : undefined };
}
