import { AwsError } from "../service.ts";

/** Lines kept a group; older ones are dropped, so that a long-lived process does not fill up. */
const KEPT_EVENTS_PER_GROUP = 50_000;

export interface LogEvent {
  readonly id: number;
  readonly stream: string;
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
}

export interface LogGroup {
  readonly name: string;
  readonly createdAtMs: number;
  retentionInDays: number | undefined;
  readonly streams: Map<string, { readonly createdAtMs: number }>;
  /** Oldest first, in order of arrival. */
  events: LogEvent[];
  /** The latest time of a line that was dropped; undefined: all are there. */
  givenUpUntilMs: number | undefined;
}

/** Log groups by name. Retention is kept and shown; nothing here lives for a day. */
export class LogStore {
  readonly groups = new Map<string, LogGroup>();
  #nextId = 1;

  create(name: string, nowMs: number): LogGroup {
    if (this.groups.has(name)) {
      throw new AwsError("ResourceAlreadyExistsException", `The specified log group already exists: ${name}`);
    }
    const group: LogGroup = {
      name,
      createdAtMs: nowMs,
      retentionInDays: undefined,
      streams: new Map(),
      events: [],
      givenUpUntilMs: undefined,
    };
    this.groups.set(name, group);
    return group;
  }

  group(name: string): LogGroup {
    const group = this.groups.get(name);
    if (group === undefined) throw notFound(`log group does not exist: ${name}`);
    return group;
  }

  createStream(group: LogGroup, stream: string, nowMs: number): void {
    if (group.streams.has(stream)) {
      throw new AwsError("ResourceAlreadyExistsException", `The specified log stream already exists: ${stream}`);
    }
    group.streams.set(stream, { createdAtMs: nowMs });
  }

  append(group: LogGroup, event: Omit<LogEvent, "id">): void {
    if (!group.streams.has(event.stream)) throw notFound(`log stream does not exist: ${event.stream}`);
    group.events.push({ ...event, id: this.#nextId });
    this.#nextId += 1;
    // Dropped a tenth at a time: dropping one by one would copy the whole list for every line.
    if (group.events.length > KEPT_EVENTS_PER_GROUP * 1.1) giveUpOldest(group);
  }
}

function giveUpOldest(group: LogGroup): void {
  for (const { timestamp } of group.events.slice(0, -KEPT_EVENTS_PER_GROUP))
    group.givenUpUntilMs = Math.max(group.givenUpUntilMs ?? timestamp, timestamp);
  group.events = group.events.slice(-KEPT_EVENTS_PER_GROUP);
}

function notFound(what: string): AwsError {
  return new AwsError("ResourceNotFoundException", `The specified ${what}`);
}
