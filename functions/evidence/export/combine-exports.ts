import type { Item } from "../../items/item.ts";
import { decodeItem, type JsonItem } from "../../items/item-json.ts";
import { ExportFailed } from "../../runtime/errors.ts";
import type { Recovery } from "../../runtime/recovery.ts";
import type { EvidenceImages, EvidenceLine } from "../evidence.ts";
import { badSince, EARLIER, incidentOver, isShort, SHORTEST_WINDOW_SECONDS, SINCE, UNTIL } from "./export-windows.ts";

const MICROS = 1_000_000;
/** "Times follow a service clock that can differ by up to one minute." */
export const CLOCK_DIFFERENCE_SECONDS = 60;

/** What one export says of a key, as it is carried from collecting to combining. */
export interface ExportedLine extends EvidenceLine {
  /** Place in the list of windows. */
  readonly window: number;
  /** Of the last write in the window, microseconds. */
  readonly writtenAt: number;
  readonly before?: JsonItem;
  readonly after?: JsonItem;
}

/** What all exports together say of one key; undefined: nobody wrote to it during the incident. */
export function combineExports(
  recovery: Recovery,
  key: Item,
  evidence: readonly EvidenceLine[],
): EvidenceImages | undefined {
  const lines = (evidence as readonly ExportedLine[]).toSorted((one, other) => one.window - other.window);
  assertOneLineAWindow(lines, recovery);
  return isShort(recovery) ? combineShort(recovery, key, lines) : combineChained(recovery, key, lines);
}

/** The first window that has the key knows what was before it, the last one what it was left as. */
function combineChained(recovery: Recovery, key: Item, lines: readonly ExportedLine[]): EvidenceImages | undefined {
  const [first] = lines;
  const last = lines.at(-1);
  if (!first || !last) return undefined;
  return {
    key,
    before: imageOf(first.before),
    // Up to an end that nobody knows, the last image may be a good write as well as the incident's.
    ...(recovery.incidentEnd === undefined ? {} : { after: imageOf(last.after) }),
    ...writtenAt(lines, recovery),
  };
}

/** `since` begins with the incident and ends after it, `until` ends with it: see {@link exportWindows}. */
function combineShort(recovery: Recovery, key: Item, lines: readonly ExportedLine[]): EvidenceImages | undefined {
  const [since, until, earlier] = [SINCE, UNTIL, EARLIER].map((window) => lines.find((line) => line.window === window));
  if (!since) return undefined;
  const over = (incidentOver(recovery) ?? 0) * MICROS;
  const about = { key, before: imageOf(since.before), ...writtenAt(until ? [since, until] : [since], recovery) };
  if (since.writtenAt < over) return { ...about, after: imageOf(since.after) };
  if (until) return { ...about, after: imageOf(until.after) };
  // Nothing in `until`: nobody wrote to it there, so it was left as it was, or it was inserted and deleted there, which no
  // export shows. Then it was not there at the end; and if it was there before, it had been inserted just then.
  if (since.before === undefined) return { ...about, after: null };
  const untilBegins = ((incidentOver(recovery) ?? 0) - SHORTEST_WINDOW_SECONDS - CLOCK_DIFFERENCE_SECONDS) * MICROS;
  if (earlier && earlier.writtenAt >= untilBegins) return { ...about, writtenAfterIncident: true };
  return { ...about, after: imageOf(since.before) };
}

function imageOf(image: JsonItem | undefined): Item | null {
  return image === undefined ? null : decodeItem(image);
}

function writtenAt(
  lines: readonly ExportedLine[],
  recovery: Recovery,
): Pick<EvidenceImages, "written" | "nearBoundary"> {
  const times = lines.map((line) => line.writtenAt);
  const over = incidentOver(recovery);
  const boundaries = [badSince(recovery), ...(over === undefined ? [] : [over])];
  const isNear = times.some((time) =>
    boundaries.some((boundary) => Math.abs(time - boundary * MICROS) <= CLOCK_DIFFERENCE_SECONDS * MICROS),
  );
  // Later writes are not the incident's; of an item written since, the export of its last minutes has the incident's own.
  const inside = times.filter(
    (time) => time >= badSince(recovery) * MICROS && (over === undefined || time < over * MICROS),
  );
  return {
    ...(inside.length > 0 ? { written: { first: isoOf(Math.min(...inside)), last: isoOf(Math.max(...inside)) } } : {}),
    ...(isNear ? { nearBoundary: true } : {}),
  };
}

function isoOf(micros: number): string {
  return new Date(Math.floor(micros / 1000)).toISOString();
}

/** "Each item appears once" in an export: of two lines of a window nobody could say which one counts. */
function assertOneLineAWindow(lines: readonly ExportedLine[], { recoveryId }: Recovery): void {
  const twice = lines.find((line, index) => lines[index + 1]?.window === line.window);
  if (twice)
    throw new ExportFailed(
      `Export ${twice.window + 1} of recovery "${recoveryId}" has two lines for one key, though an export has each item once: nothing was planned from it. Start a new recovery with "evidence": "restore".`,
    );
}
