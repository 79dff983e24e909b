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
  /** What it held before a write that may not have happened yet. */
  readonly writingOver?: string;
}

export type Claims = FlagLedger["claims"];

/** The ledger after a change of claims, when the parameter holds `current`. */
export function nextLedger(
  ledger: FlagLedger | undefined,
  current: string,
  change: (claims: Claims) => Claims,
): FlagLedger {
  const foreign = foreignPart(ledger, current);
  const claims = change(ledger?.claims ?? {});
  const value = flagValue(foreign, claims);
  return { foreign, claims, value, ...(value === current ? {} : { writingOver: current }) };
}

/** What is in the parameter and is nobody's claim; whatever people wrote into it meanwhile is taken up. */
function foreignPart(ledger: FlagLedger | undefined, current: string): string {
  if (!ledger) return current;
  if (current === ledger.value || current === ledger.writingOver) return ledger.foreign;
  const claims = Object.values(ledger.claims);
  const now = parseFlag(current) ?? [];
  if (claims.length === 0 || now === "all") return current;
  const claimed = claims.flatMap((claim) => (claim === "all" ? [] : [...claim]));
  const before = parseFlag(ledger.foreign) ?? [];
  const kept = before === "all" ? [] : before;
  return formatFlag(now.filter((tenant) => !claimed.includes(tenant) || kept.includes(tenant)));
}

function flagValue(foreign: string, claims: Claims): string {
  const before = parseFlag(foreign) ?? [];
  const scope = joinScopes([before, ...Object.values(claims)]);
  // As it was written, to the byte, where nothing is added to it.
  return sameScope(scope, before) ? foreign : formatFlag(scope);
}
