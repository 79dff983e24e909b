/** Where the freeze of a recovery stands: the record `read-only`. */
import type { GuardName } from "../contracts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { Probe } from "./probe.ts";

export interface ReadOnlyRecord {
  /** `lifting-continue`, `lifted-continue`: knowingly, while the repair goes on. `lifting…`: some guards may still be up. */
  readonly state: "off" | "raising" | "up" | "proven" | "lifting" | "lifted" | "lifting-continue" | "lifted-continue";
  /** When it was begun, the last time. */
  readonly since: string;
  /** The first write that was denied: from here on the table was read-only. Missing where no guard can be proven. */
  readonly frozenFrom?: string;
  readonly provenAt?: string;
  readonly liftedAt?: string;
  readonly tenants?: readonly string[];
  /** Tenants that were thawed before the others. */
  readonly thawed: readonly string[];
  readonly guards: Readonly<Partial<Record<GuardName, GuardRecord>>>;
  /** What the proof says nothing about. */
  readonly doesNotCover: readonly string[];
  readonly notes: readonly string[];
  /** Visits of the proof since it was begun: the wait between them grows. */
  readonly visits: number;
  /** Raised again after it had been proven: no state of the machine comes back to prove it, so raising does. */
  readonly raisedAgain?: boolean;
}

export interface GuardRecord {
  /** `not proven`: nobody but the application could tell (ssm-flag). */
  readonly proof: "pending" | "proven" | "not proven";
  /** The probe before raising, which must not be denied: else a later denial proves nothing. */
  readonly baseline?: Probe;
  /** Set about raising it, and not come back yet: a lift at this moment may miss what is still on its way. */
  readonly raisingAt?: string;
  readonly raisedAt?: string;
  /** Denials since the last probe that got through. */
  readonly denials: readonly string[];
  readonly provenAt?: string;
  /** Checked again right before the first write. */
  readonly confirmedAt?: string;
  readonly lastProbe?: Probe;
  readonly loweredAt?: string;
}

export const NO_PROOF_YET: GuardRecord = { proof: "pending", denials: [] };
const STATUS: Readonly<Record<ReadOnlyRecord["state"], string>> = {
  off: "read-only mode is off",
  raising: "raising read-only mode",
  up: "read-only mode is up",
  proven: "read-only",
  lifting: "lifting read-only mode",
  "lifting-continue": "lifting read-only mode",
  lifted: "read-only mode is lifted",
  "lifted-continue": "read-only mode is lifted",
};
const RECORD = "read-only";

/** Somebody chose to let the application write while the repair goes on: writers go on without a freeze. */
export function isThawedKnowingly(record: ReadOnlyRecord | undefined): boolean {
  return record?.state === "lifting-continue" || record?.state === "lifted-continue";
}

/** Lifted, or being lifted: what is up then is on its way down. */
export function isLiftedOrLifting(record: ReadOnlyRecord | undefined): boolean {
  return record?.state === "lifting" || record?.state === "lifted" || isThawedKnowingly(record);
}

export async function readOnlyRecord(recoveryId: string, deps: Dependencies): Promise<ReadOnlyRecord | undefined> {
  return deps.recoveries.get<ReadOnlyRecord>(recoveryId, RECORD);
}

/** Makes the recovery's status say what this record says; a call beside it may be a moment behind with an older word. */
export async function tellFreeze(recoveryId: string, deps: Dependencies): Promise<ReadOnlyRecord | undefined> {
  for (let record = await readOnlyRecord(recoveryId, deps); ; ) {
    await deps.recoveries.setStatus(recoveryId, deps.now(), { state: STATUS[record?.state ?? "off"] });
    const now = await readOnlyRecord(recoveryId, deps);
    if (now?.state === record?.state) return now;
    record = now;
  }
}

/** Changes the record of a freeze that was begun. */
export async function changeRecord(
  recovery: Recovery,
  deps: Dependencies,
  change: (before: ReadOnlyRecord) => ReadOnlyRecord,
): Promise<ReadOnlyRecord> {
  return deps.recoveries.update<ReadOnlyRecord>(recovery.recoveryId, RECORD, (before) =>
    change(before ?? newRecord(recovery, deps)),
  );
}

export async function changeGuard(
  recovery: Recovery,
  guard: GuardName,
  deps: Dependencies,
  change: (before: GuardRecord) => GuardRecord,
): Promise<ReadOnlyRecord> {
  return changeRecord(recovery, deps, (record) => ({
    ...record,
    guards: { ...record.guards, [guard]: change(record.guards[guard] ?? NO_PROOF_YET) },
  }));
}

function newRecord(recovery: Recovery, { now }: Dependencies): ReadOnlyRecord {
  const { tenants } = recovery.request;
  return {
    state: "off",
    since: now().toISOString(),
    ...(tenants ? { tenants } : {}),
    thawed: [],
    guards: {},
    doesNotCover: doesNotCover(recovery),
    notes: [],
    visits: 0,
  };
}

/** What is written in spite of a freeze, or later: a reader of the report must not take silence for a promise. */
export function doesNotCover({ guards, table, ttlAttribute, request }: Recovery): string[] {
  if (guards.length === 0) return [];
  const denies = guards.includes("table-policy");
  return [
    ...(ttlAttribute ? [`Deletes by time to live (attribute "${ttlAttribute}"): no policy stops them.`] : []),
    table.replicaRegions.length > 0
      ? `Writes in other Regions (${table.replicaRegions.join(", ")}): they are frozen by other means, and replicate in.`
      : "Writes in other Regions, should the table get replicas: every Region has a policy of its own.",
    "Messages that were queued meanwhile: they are worked off after the lift, by whatever code runs then.",
    ...(denies
      ? []
      : ["Writers other than the application: roles, users and accounts that no guard of this recovery covers."]),
    ...(guards.includes("ssm-flag")
      ? ["Whether the application obeys the flag: nobody but the application can tell."]
      : []),
    ...(denies && table.exemptPrincipalArns.length > 0
      ? [`Principals that the configuration exempts: ${table.exemptPrincipalArns.join(", ")}.`]
      : []),
    ...(request.tenants ? ["Items of other tenants: only the tenants of the request are frozen."] : []),
  ];
}
