import type { GuardName, ProtectedTable } from "../contracts.ts";
import type { KeySchema } from "../items/key.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Environment } from "../runtime/environment.ts";
import type { Recovery } from "../runtime/recovery.ts";

/** What is frozen, and for whom. */
export interface GuardSubject {
  readonly recoveryId: string;
  readonly table: ProtectedTable;
  readonly tableArn: string;
  readonly keySchema: KeySchema;
  /** Tenants that are frozen; missing = the whole table. */
  readonly tenants?: readonly string[];
}

/** What would keep a guard from being raised, in the words of a bad request. */
export interface GuardProblem {
  /** What is wrong, with which resource and which value. */
  readonly problem: string;
  readonly remedy: string;
}

/** Whether a guard stands as it was raised; `instead` says what is there in its place. */
export type Standing = { readonly up: true } | { readonly up: false; readonly instead: string };

export interface Lowered {
  /** What a person must know: mostly what somebody else changed meanwhile. */
  readonly notes: readonly string[];
}

/** How a guard is proven: a write under a role that this guard alone covers must be denied, and by this kind of policy. */
export interface Proof {
  readonly roleArn: (environment: Environment) => string;
  readonly deniedBy: "identity-based" | "resource-based";
}

/** One way of making a table read-only; one file each, found through `guards.ts`. */
export interface Guard {
  readonly name: GuardName;
  /** Missing: nobody can prove this guard from outside the application. */
  readonly proof?: Proof;
  /** Finds what would keep the guard from being raised; changes nothing. */
  preflight(subject: GuardSubject, deps: Dependencies): Promise<readonly GuardProblem[]>;
  /** Saves what is there, then raises. A second call converges and keeps the first saved state. */
  raise(subject: GuardSubject, deps: Dependencies): Promise<void>;
  /** A cheap look at the guard itself, not at our record of it; the same for whoever calls it. */
  isUp(subject: GuardSubject, deps: Dependencies): Promise<Standing>;
  /** Takes out what this recovery put in, and nothing else; undefined: it never raised this guard. Twice is safe. */
  lower(subject: GuardSubject, deps: Dependencies): Promise<Lowered | undefined>;
  /** Why these tenants can't be thawed alone; missing: they can. */
  readonly wholeTableOnly?: string;
  /** Narrows the guard to `subject.tenants`, without the ones to thaw. */
  thaw(subject: GuardSubject, thawed: readonly string[], deps: Dependencies): Promise<Lowered | undefined>;
}

/** The subject of a recovery's freeze; `thawed` tenants are no longer part of it. */
export function subjectOf(recovery: Recovery, thawed: readonly string[] = []): GuardSubject {
  const { recoveryId, table, tableArn, keySchema, request } = recovery;
  const tenants = request.tenants?.filter((tenant) => !thawed.includes(tenant));
  return { recoveryId, table, tableArn, keySchema, ...(tenants ? { tenants } : {}) };
}
