import { InvalidRequest } from "../runtime/errors.ts";
import { show } from "./show.ts";

const UNIT_SECONDS: readonly (readonly [RegExp, number])[] = [
  [/^(s|secs?|seconds?)$/, 1],
  [/^(m|mins?|minutes?)$/, 60],
  [/^(h|hrs?|hours?)$/, 3600],
  [/^(d|days?)$/, 86_400],
];
const AMOUNTS = String.raw`(?:\d+\s*[a-z]+\s*)+`;
const AGO = new RegExp(String.raw`^(${AMOUNTS})(?<=[\sa-z])ago$`);
const WITHOUT_AGO = new RegExp(`^${AMOUNTS}$`);
/** RFC 3339 lets `t` and `z` be small; the blank between date and time is recognised to suggest the right form. */
const ISO =
  /^(?<date>\d{4}-\d{2}-\d{2})(?<between>t|\s+)(?<clock>\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(?<zone>z|utc|gmt|[+-]\d{2}(?::?\d{2})?)?$/;
/** No time is longer, and messages repeat it. */
const LONGEST = 100;
const FORMS = 'write ISO 8601 with a zone ("2026-11-20T02:20:00Z"), or "45m ago" (s, m, h or d)';

/**
 * A time of a request as whole epoch seconds: ISO 8601 with a zone, or `45m ago` counted from the start of the execution.
 * A time without a zone is refused, since a guess would be hours off. Fractions are cut off: DynamoDB restores to whole
 * seconds, and of the three times none gets more dangerous by it (`badSince` and `restoreDateTime` move away from the
 * incident, and the whole second of `incidentEnd` counts as bad anyway).
 */
export function parseTime(field: string, text: string, startedAt: Date): number {
  const written = text.trim().toLowerCase();
  const refuse = (problem: string, remedy: string) =>
    new InvalidRequest(`Field "${field}" is ${show(text)}, ${problem}: ${remedy}.`);

  if (text.length > LONGEST) throw refuse("which is no time", FORMS);
  if (AGO.test(written)) {
    const seconds = durationSeconds(written.replace(/ago$/, ""));
    if (seconds === undefined) throw refuse("which has an unknown unit", 's, m, h and d are known, as in "1h 30m ago"');
    const at = Math.floor(startedAt.getTime() / 1000) - seconds;
    if (at < 0) throw refuse("which is before 1970", FORMS);
    return at;
  }
  if (WITHOUT_AGO.test(written) && durationSeconds(written) !== undefined)
    throw refuse("which is a duration", `write "${written} ago" if it is that long ago`);

  const iso = ISO.exec(written)?.groups;
  if (!iso) throw refuse("which is no time", otherForm(written));
  const { date = "", between, clock = "", zone } = iso;
  const plain = `${date}T${clock.replace(",", ".")}`;
  if (zone === undefined)
    throw refuse("which has no time zone", `write "${plain}Z" if it is UTC, or such as "${plain}+01:00" if it is not`);
  const offset = offsetSeconds(zone);
  if (offset === undefined)
    throw refuse("whose zone is no offset", 'offsets go from "-12:00" to "+14:00", and "Z" is UTC');
  if (between !== "t" || /^(utc|gmt)$/.test(zone) || /\s/.test(written))
    throw refuse("which is not quite ISO 8601", `write "${plain}${/^[zug]/.test(zone) ? "Z" : offsetText(offset)}"`);
  const local = calendarSeconds(date, clock);
  if (local === undefined)
    throw refuse("which is no date of the calendar or no time of a day", "check month, day, hour, minute and second");
  return local - offset;
}

/** ISO 8601 in UTC, without a fraction. */
export function isoSeconds(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace(".000Z", "Z");
}

/** What a person may have meant by something else. */
function otherForm(written: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(written)) return `write the time of day and the zone too ("${written}T00:00:00Z")`;
  if (/^\d{10}(\d{3})?$/.test(written))
    return `if it is epoch time, write "${isoSeconds(Number(written.slice(0, 10)))}"`;
  return FORMS;
}

function durationSeconds(text: string): number | undefined {
  let total = 0;
  for (const [, amount, unit = ""] of text.matchAll(/(\d+)\s*([a-z]+)/g)) {
    const seconds = UNIT_SECONDS.find(([names]) => names.test(unit))?.[1];
    if (seconds === undefined) return undefined;
    total += Number(amount) * seconds;
  }
  return total;
}

/** Seconds east of UTC; undefined where no place on earth has such a clock. */
function offsetSeconds(zone: string): number | undefined {
  const parts = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (!parts) return 0;
  const [, sign, hours, minutes = "0"] = parts;
  const seconds = (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
  return Number(minutes) < 60 && seconds >= -12 * 3600 && seconds <= 14 * 3600 ? seconds : undefined;
}

function offsetText(offset: number): string {
  const minutes = Math.abs(offset) / 60;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Epoch seconds of a date and a time of day in UTC; `Date.parse` would take February 30 for March 2. */
function calendarSeconds(date: string, clock: string): number | undefined {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  const [hour = 0, minute = 0, second = 0] = clock
    .replace(/[.,].*/, "")
    .split(":")
    .map(Number);
  if (year < 1970 || hour > 23 || minute > 59 || second > 59) return undefined;
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day ? at.getTime() / 1000 : undefined;
}
