/** Figures from the history of the parent execution. */
import type { HistoryEvent } from "@aws-sdk/client-sfn";

export interface HistoryFigures {
  readonly events: number;
  /** Without Wait states and without every visit of a state but its first: what no waiting can change. */
  readonly eventsOutsideWaitLoops: number;
  /** Wall time of each Distributed Map, from entering the state to leaving it. */
  readonly mapSeconds: Readonly<Record<string, number>>;
  /** Wall time of every other state that took a tenth of a second or more, all visits together. */
  readonly stateSeconds: Readonly<Record<string, number>>;
}

const NOTED_SECONDS = 0.1;

export function historyFigures(events: readonly HistoryEvent[]): HistoryFigures {
  const visits = visitsOf(events);
  const seen = new Set<string>();
  let eventsOfLaps = 0;
  const mapSeconds: Record<string, number> = {};
  const stateSeconds: Record<string, number> = {};
  for (const { state, type, events: ofVisit } of visits) {
    if (type.startsWith("WaitState") || seen.has(state)) eventsOfLaps += ofVisit.length;
    seen.add(state);
    const times = ofVisit.map(({ timestamp }) => timestamp?.getTime() ?? 0);
    const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
    const sums = type.startsWith("MapState") ? mapSeconds : stateSeconds;
    sums[state] = (sums[state] ?? 0) + seconds;
  }
  return {
    events: events.length,
    eventsOutsideWaitLoops: events.length - eventsOfLaps,
    mapSeconds,
    stateSeconds: Object.fromEntries(Object.entries(stateSeconds).filter(([, seconds]) => seconds >= NOTED_SECONDS)),
  };
}

interface Visit {
  readonly state: string;
  readonly type: string;
  readonly events: HistoryEvent[];
}

/** Events of branches stand mixed: each belongs to the visit of the event before it in its own chain. */
function visitsOf(events: readonly HistoryEvent[]): Visit[] {
  const visits: Visit[] = [];
  const visitOf = new Map<number, Visit>();
  for (const event of events) {
    if (event.type?.startsWith("Execution")) continue;
    const { name } = event.stateEnteredEventDetails ?? {};
    const isExit = event.stateExitedEventDetails?.name !== undefined;
    const before = visitOf.get(event.previousEventId ?? 0);
    let visit = before;
    if (name !== undefined) {
      visit = { state: name, type: event.type ?? "", events: [] };
      visits.push(visit);
    } else if (isExit && before?.state !== event.stateExitedEventDetails?.name) {
      // A Parallel or a Map ends after states of its own: its exit closes the visit that opened it.
      visit = visits.findLast(({ state }) => state === event.stateExitedEventDetails?.name);
    }
    if (!visit) continue;
    visit.events.push(event);
    visitOf.set(event.id ?? 0, visit);
  }
  return visits;
}
