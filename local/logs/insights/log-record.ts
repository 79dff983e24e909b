import type { LogEvent } from "../log-store.ts";
import { discoveredFields } from "./discovered-fields.ts";

/** A field's value: Insights shows text; times and numerals are compared by their number. */
export interface FieldValue {
  readonly text: string;
  readonly number: number | undefined;
}

/** Where a log event stands. */
export interface LogRecordOrigin {
  readonly accountId: string;
  readonly group: string;
}

/** One log event with the fields that Insights gives it: the system's, which begin with @, and those of its JSON. */
export class LogRecord {
  readonly event: LogEvent;
  readonly #origin: LogRecordOrigin;
  readonly #aliases = new Map<string, FieldValue | undefined>();
  #discovered: ReadonlyMap<string, string> | undefined;

  constructor(event: LogEvent, origin: LogRecordOrigin) {
    this.event = event;
    this.#origin = origin;
  }

  /** What finds the event again, as GetLogRecord takes it. */
  get pointer(): string {
    return Buffer.from(`${this.#origin.group}/${this.event.id}`).toString("base64url");
  }

  value(field: string): FieldValue | undefined {
    if (this.#aliases.has(field)) return this.#aliases.get(field);
    if (field.startsWith("@")) {
      const system = this.#systemField(field);
      if (system !== undefined) return system;
    }
    this.#discovered ??= discoveredFields(this.event.message, this.#origin.group);
    return fieldValueOf(this.#discovered.get(field));
  }

  /** Gives a value another name, for the commands that follow and for the result. */
  alias(name: string, field: string): void {
    if (name !== field) this.#aliases.set(name, this.value(field));
  }

  #systemField(field: string): FieldValue | undefined {
    const { message, timestamp, ingestionTime, stream } = this.event;
    if (field === "@message") return fieldValueOf(message);
    if (field === "@timestamp") return { text: timeText(timestamp), number: timestamp };
    if (field === "@ingestionTime") return { text: timeText(ingestionTime), number: ingestionTime };
    if (field === "@logStream") return fieldValueOf(stream);
    if (field === "@log") return fieldValueOf(`${this.#origin.accountId}:${this.#origin.group}`);
    return undefined;
  }
}

const NUMERAL = /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/;

function fieldValueOf(text: string | undefined): FieldValue | undefined {
  if (text === undefined) return undefined;
  return { text, number: NUMERAL.test(text) ? Number(text) : undefined };
}

/** As results show times: UTC, with a space. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, -1);
}
