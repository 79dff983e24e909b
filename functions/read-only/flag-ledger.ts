/**
 * Several recoveries may share one flag. Each keeps its claim in a record of the flag, and the parameter's value is made
 * of all claims and of what was in it before any: so that `all` of one does not swallow the tenants of another, and
 * lowering gives back exactly what is left.
 */
import { type FlagScope, formatFlag, joinScopes, parseFlag, sameScope } from "./flag-value.ts";

/** The pseudo id that flags are kept under in the recoveries table; the record is the parameter's name. */
export const FLAGS = "flag";

export interface FlagLedger {
  /** What the parameter holds beside all claims, as it was written. */
  readonly foreign: string;
  /** What each recovery froze. */
  readonly claims: Readonly<Record<string, FlagScope>>;
  /** What the parameter is meant to hold. */
  readonly value: string;
  /** Writes that are not known to be over, by writer: what they put, or put over, is no edit of somebody else. */
  readonly writes?: Readonly<Record<string, FlagWrite>>;
}

/** A write of the parameter, written down before it is done. */
export interface FlagWrite {
  readonly value: string;
  /** What the parameter held before; missing: it held the ledger's value since, so that only a late write may change it. */
  readonly over?: string;
  readonly begunAt: string;
}

export interface Writer {
  readonly id: string;
  readonly now: Date;
}

export type Claims = FlagLedger["claims"];

/** "You can configure functions to run for up to 15 minutes": beyond them no writer is alive that would still write. */
const WRITER_LIVES_MS = 15 * 60_000;

/** The ledger after a change of claims, when the parameter holds `current`. */
export function nextLedger(
  ledger: FlagLedger | undefined,
  current: string,
  change: (claims: Claims) => Claims,
  { id, now }: Writer,
): FlagLedger {
  const foreign = foreignPart(ledger, current, now);
  const claims = change(ledger?.claims ?? {});
  const value = flagValue(foreign, claims);
  const { [id]: _earlier, ...others } = ledger?.writes ?? {};
  const own: FlagWrite = { value, over: current, begunAt: now.toISOString() };
  return { foreign, claims, value, ...writesOf(value === current ? others : { ...others, [id]: own }) };
}

/** The ledger once the parameter was seen to hold its value: this writer is done, and others' old values are gone. */
export function settledLedger({ writes = {}, ...ledger }: FlagLedger, { id, now }: Writer): FlagLedger {
  const others = Object.entries(writes).filter(([writer, write]) => writer !== id && mayBeAlive(write, now));
  return {
    ...ledger,
    ...writesOf(Object.fromEntries(others.map(([writer, { over: _gone, ...rest }]) => [writer, rest]))),
  };
}

/** Whether the parameter may hold something else than the ledger's value because a write was not finished. */
export function isUnfinished({ writes = {} }: FlagLedger): boolean {
  return Object.keys(writes).length > 0;
}

function writesOf(writes: Readonly<Record<string, FlagWrite>>): Pick<FlagLedger, "writes"> {
  return Object.keys(writes).length > 0 ? { writes } : {};
}

function mayBeAlive({ begunAt }: FlagWrite, now: Date): boolean {
  return now.getTime() - Date.parse(begunAt) < WRITER_LIVES_MS;
}

/** What is in the parameter and is nobody's claim; whatever people wrote into it meanwhile is taken up. */
function foreignPart(ledger: FlagLedger | undefined, current: string, now: Date): string {
  if (!ledger) return current;
  if (current === ledger.value || isOfWrite(ledger, current, now)) return ledger.foreign;
  const claims = Object.values(ledger.claims);
  const held = parseFlag(current) ?? [];
  if (claims.length === 0 || held === "all") return current;
  const claimed = claims.flatMap((claim) => (claim === "all" ? [] : [...claim]));
  const before = parseFlag(ledger.foreign) ?? [];
  const kept = before === "all" ? [] : before;
  return formatFlag(held.filter((tenant) => !claimed.includes(tenant) || kept.includes(tenant)));
}

function isOfWrite({ writes = {} }: FlagLedger, current: string, now: Date): boolean {
  return Object.values(writes).some((write) =>
    write.over === undefined
      ? write.value === current && mayBeAlive(write, now)
      : write.value === current || write.over === current,
  );
}

function flagValue(foreign: string, claims: Claims): string {
  const before = parseFlag(foreign) ?? [];
  const scope = joinScopes([before, ...Object.values(claims)]);
  // As it was written, to the byte, where nothing is added to it.
  return sameScope(scope, before) ? foreign : formatFlag(scope);
}
