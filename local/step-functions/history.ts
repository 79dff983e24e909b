import { RUNTIME, StateFailure } from "./errors.ts";
import type { Json } from "./json.ts";

/** "Maximum execution event history size: 25,000 events in a single state machine execution history." */
export const MAX_HISTORY_EVENTS = 25_000;

export type StateTypeName = "Task" | "Choice" | "Wait" | "Pass" | "Succeed" | "Fail" | "Parallel" | "Map";

export type HistoryEventType =
  | `Execution${"Started" | "Succeeded" | "Failed" | "Aborted" | "TimedOut" | "Redriven"}`
  | `${StateTypeName}State${"Entered" | "Exited" | "Started" | "Succeeded" | "Failed" | "Aborted"}`
  | `${"Task" | "LambdaFunction"}${"Scheduled" | "Started" | "Submitted" | "Succeeded" | "Failed" | "TimedOut"}`
  | `MapRun${"Started" | "Succeeded" | "Failed" | "Redriven"}`
  | `MapIteration${"Started" | "Succeeded" | "Failed" | "Aborted"}`;

/** The one member that belongs to the event's type, named as in the API: `stateEnteredEventDetails`… */
export type EventDetails = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: HistoryEventType;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly details: EventDetails;
}

/** The events of one execution, in order, over all its redrives. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #now: () => number;
  readonly #onEvent: (event: HistoryEvent) => void;

  constructor(now: () => number, onEvent: (event: HistoryEvent) => void) {
    this.#now = now;
    this.#onEvent = onEvent;
  }

  /** Adds an event and answers its id; the last place is kept for the event that ends the execution. */
  add(type: HistoryEventType, previousEventId: number, details: EventDetails = {}): number {
    if (this.events.length >= MAX_HISTORY_EVENTS - 1 && !type.startsWith("Execution")) {
      const reason = `The execution reached the maximum number of history events (${MAX_HISTORY_EVENTS}).`;
      throw new StateFailure(RUNTIME, reason);
    }
    const event = { id: this.events.length + 1, previousEventId, type, timestamp: this.#now(), details };
    this.events.push(event);
    this.#onEvent(event);
    return event.id;
  }

  /** Execution data as events carry it: text, with a note that nothing was cut off. */
  data(values: Readonly<Record<string, Json>>): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(values)) {
      fields[name] = JSON.stringify(value);
      fields[`${name}Details`] = { truncated: false };
    }
    return fields;
  }
}

const DATA_FIELDS = new Set(["input", "inputDetails", "output", "outputDetails", "parameters"]);

/** The details of an event without execution data, for includeExecutionData = false. */
export function withoutExecutionData(details: EventDetails): EventDetails {
  const kept: Record<string, Record<string, unknown>> = {};
  for (const [name, members] of Object.entries(details)) {
    kept[name] = Object.fromEntries(Object.entries(members).filter(([member]) => !DATA_FIELDS.has(member)));
  }
  return kept;
}
