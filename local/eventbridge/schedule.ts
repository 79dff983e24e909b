import { AwsError, NotInPocketAwsError } from "../service.ts";

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
/** The longest delay that a timer takes; a schedule beyond it would fire at once instead of late. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Milliseconds between two firings of `rate(5 minutes)`; other schedules are an error that names them. */
export function periodOf(schedule: string): number {
  const match = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule);
  if (match === null) throw new NotInPocketAwsError(`the schedule ${schedule}: only rate(…) is`);
  const period = Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? 0);
  if (period === 0)
    throw new AwsError("ValidationException", `Parameter ScheduleExpression is not valid: ${schedule}.`);
  return Math.min(period, MAX_TIMER_MS);
}
