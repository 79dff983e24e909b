import type { Recovery } from "../../runtime/recovery.ts";

/** "The minimum export period is 15 minutes", of an incremental export. */
export const SHORTEST_WINDOW_SECONDS = 15 * 60;
/** "The maximum export period is 24 hours." */
export const LONGEST_WINDOW_SECONDS = 24 * 60 * 60;

/** One incremental export: epoch seconds, `from` included and `to` not. */
export interface ExportWindow {
  /** Its name in the records and in the bucket. */
  readonly role: string;
  readonly from: number;
  readonly to: number;
}

export type IncidentTimes = Pick<Recovery, "restoreDateTime" | "incidentEnd">;

/** Places in the list of windows of a short incident. */
export const SINCE = 0;
export const UNTIL = 1;
export const EARLIER = 2;

/** The first bad second. */
export function badSince({ restoreDateTime }: IncidentTimes): number {
  return restoreDateTime + 1;
}

/** The second after the last bad one; undefined: nobody knows when the incident ended. */
export function incidentOver({ incidentEnd }: IncidentTimes): number | undefined {
  return incidentEnd === undefined ? undefined : incidentEnd + 1;
}

/** Shorter than any export can be: one export alone can't end with it. */
export function isShort(times: IncidentTimes): boolean {
  const over = incidentOver(times);
  return over !== undefined && over - badSince(times) < SHORTEST_WINDOW_SECONDS;
}

/**
 * The exports that tell `before` and `after` of an incident.
 *
 * - Of 15 minutes or more: windows of equal length, one after the other, from badSince to the incident's end; where the
 *   end is not known, to `end`.
 * - Shorter: `since` begins with the incident and ends too late, `until` ends with it and begins too early, and `earlier`
 *   is what was before it, to know what `until` can't show.
 */
export function exportWindows(times: IncidentTimes, end: number): ExportWindow[] {
  const from = badSince(times);
  const to = incidentOver(times) ?? end;
  if (isShort(times))
    return [
      { role: "since", from, to: from + SHORTEST_WINDOW_SECONDS },
      { role: "until", from: to - SHORTEST_WINDOW_SECONDS, to },
      { role: "earlier", from: from - SHORTEST_WINDOW_SECONDS, to: from },
    ];
  const seconds = to - from;
  const count = Math.ceil(seconds / LONGEST_WINDOW_SECONDS);
  const boundary = (index: number) => from + Math.floor((index * seconds) / count);
  return Array.from({ length: count }, (_, index) => ({
    role: `window-${String(index + 1).padStart(3, "0")}`,
    from: boundary(index),
    to: boundary(index + 1),
  }));
}

/** Where the windows of an incident that nobody knows the end of end: now, but no window is shorter than it may be. */
export function endOfUnknown(times: IncidentTimes, now: Date): number {
  return Math.max(Math.ceil(now.getTime() / 1000), badSince(times) + SHORTEST_WINDOW_SECONDS);
}
