import type { Caller, PolicyStatement } from "../service.ts";

/**
 * How a statement's Principal covers a caller: `direct` (named, or everybody), `account` (through its account: an Allow
 * then only delegates to the account's identity policies), or not at all.
 */
export type PrincipalCover = "direct" | "account" | undefined;

/** Compares the Principal of a resource policy's statement with the caller. */
export function principalCover(principal: PolicyStatement["Principal"], caller: Caller): PrincipalCover {
  if (principal === undefined) return undefined;
  if (principal === "*") return "direct";
  const values = (kind: string): readonly string[] => [principal[kind] ?? []].flat();
  if (caller.kind === "service") return values("Service").includes(caller.principalArn) ? "direct" : undefined;
  const named = values("AWS");
  if (named.some((name) => name === "*" || name === caller.arn || name === caller.principalArn)) return "direct";
  const account = [caller.accountId, `arn:aws:iam::${caller.accountId}:root`];
  return named.some((name) => account.includes(name)) ? "account" : undefined;
}
