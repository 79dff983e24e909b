import type { Recovery } from "../runtime/recovery.ts";

/** `before`: as it was at the last good second; `after`: as the incident left it. */
export type RestoreRole = "before" | "after";

/** One table that this recovery wants restored. */
export interface WantedTable {
  readonly role: RestoreRole;
  readonly tableName: string;
  /** Epoch seconds; of a backup: what the recovery takes for the last good second. */
  readonly restoreDateTime: number;
  /** The backup that it is restored from; missing: point in time. */
  readonly backupArn?: string;
}

/** The recovery that the restored tables belong to: the one that restored them, and may delete them. */
export function ownerOf({ recoveryId, evidenceFrom }: Pick<Recovery, "recoveryId" | "evidenceFrom">): string {
  return evidenceFrom ?? recoveryId;
}

/** Name of a restored table: at most 98 of the 255 characters that DynamoDB allows, since a recovery's id has at most 80. */
export function restoredTableName(recoveryId: string, role: RestoreRole): string {
  return `backstitch-${recoveryId}-${role}`;
}

/**
 * The tables to restore, and to which second.
 *
 * DynamoDB restores to a whole second. We count on a restore ending where its second *begins*, as the pocket AWS has it
 * (a write at exactly that millisecond is in): AWS does not say, so it is to be measured there.
 * - `before` is asked for at exactly the last good second. If a restore ends where its second begins, good writes made
 *   within that second are missing from it and look like the incident's: a revert of such an attribute gives the value
 *   from before that second. If it ends where its second ends, nothing is missing. Asking for one second more would
 *   turn this round and put the bug's first second into `before` on the second reading: that damage would be invisible.
 * - `after` is asked for one second past the last bad one, which has all of that second's writes on either reading; on
 *   the second one it also has a second of later writes, which then count as the incident's.
 * - A backup is as it is: `before` is the table at the moment of the backup, and whatever was written between it and the
 *   incident counts as the incident's where `after` does not tell them apart.
 * Plans are grouped and approved before anything is written, so either surplus is seen before it is acted on.
 */
export function wantedTables(recovery: Recovery): WantedTable[] {
  const { restoreDateTime, incidentEnd, backupArn } = recovery;
  const wanted = (role: RestoreRole, second: number): WantedTable => ({
    role,
    tableName: restoredTableName(ownerOf(recovery), role),
    restoreDateTime: second,
  });
  const before = wanted("before", restoreDateTime);
  return [
    backupArn === undefined ? before : { ...before, backupArn },
    ...(incidentEnd === undefined ? [] : [wanted("after", incidentEnd + 1)]),
  ];
}
