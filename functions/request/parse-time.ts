import { InvalidRequest } from "../runtime/errors.ts";

const AGO = /^(\d+)\s*(s|m|h|d)\s+ago$/i;
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * A time of a request as whole epoch seconds: ISO 8601 with a zone, or `45m ago` counted from the start of the execution.
 * A time without a zone is refused, since a guess would be hours off.
 */
export function parseTime(field: string, text: string, startedAt: Date): number {
  const ago = AGO.exec(text.trim());
  if (ago) {
    const [, amount = "0", unit = "s"] = ago;
    return Math.floor(startedAt.getTime() / 1000) - Number(amount) * (SECONDS[unit.toLowerCase()] ?? 1);
  }
  const iso = ISO.exec(text.trim());
  if (!iso)
    throw new InvalidRequest(
      `Field "${field}" is "${text}", which is no time: write ISO 8601 with a zone ("2026-11-20T02:20:00Z"), or "45m ago" (s, m, h or d).`,
    );
  if (!iso[3])
    throw new InvalidRequest(
      `Field "${field}" is "${text}", which has no time zone: write "${text.trim()}Z" if it is UTC, or "${text.trim()}+01:00" for an offset.`,
    );
  const milliseconds = Date.parse(text.trim());
  if (Number.isNaN(milliseconds))
    throw new InvalidRequest(
      `Field "${field}" is "${text}", which is no date of the calendar: check month, day and hour.`,
    );
  return Math.floor(milliseconds / 1000);
}

export function isoSeconds(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace(".000Z", "Z");
}
