import { abandonedRecord } from "../answers/abandon.ts";
import { type EvidenceRecord, type RestoredTable, recordRestoredTable } from "../evidence/evidence-record.ts";
import { describeTable, expiryOf } from "../evidence/ownership.ts";
import { ownerOf, wantedTables } from "../evidence/restored-tables.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery, RecoveryStatus } from "../runtime/recovery.ts";
import { callStep } from "./call-step.ts";
import type { Standing } from "./look-at-execution.ts";

/** Ends after which nobody comes back for the evidence. */
const NEEDS_NO_EVIDENCE: readonly (string | undefined)[] = ["Recovered", "NothingToRepair"];

/** Restored tables that were left and could not be deleted. */
export class LeftoversNotDeleted extends Error {
  override readonly name = "LeftoversNotDeleted";
}

/** A recovery that reads what another one restored, and is not over. */
export async function isBorrowing(recovery: Recovery, deps: Dependencies): Promise<boolean> {
  if (recovery.evidenceFrom === undefined) return false;
  const { recoveryId } = recovery;
  if (await deps.recoveries.get(recoveryId, abandonedRecord)) return false;
  const status = await deps.recoveries.get<RecoveryStatus>(recoveryId, "status");
  // One that was stopped can be resumed.
  return status?.outcome === undefined || status.outcome === "Stopped";
}

/**
 * Deletes what a recovery restored and nobody needs: its step does it, by its own rules for whose a table is. Answers
 * whether something is left that is (or may be) this recovery's own.
 */
export async function deleteLeftovers(
  recovery: Recovery,
  standing: Standing,
  borrowers: readonly Recovery[],
  deps: Dependencies,
): Promise<{ readonly deleted: number; readonly left: boolean }> {
  const nothing = { deleted: 0, left: false };
  if (recovery.evidence !== "restore" || recovery.evidenceFrom !== undefined) return nothing;
  const left = await tablesLeft(recovery, deps);
  if (left.length === 0) return nothing;
  const { recoveryId, table } = recovery;
  if (standing.is === "running") return { deleted: 0, left: true };
  const because = await whyUnneeded(recovery, left, deps);
  if (because === undefined) return { deleted: 0, left: true };
  const borrower = borrowers.find((other) => ownerOf(other) === recoveryId);
  if (borrower) {
    deps.logger.info("Restored tables are kept: another recovery reads them", {
      recoveryId,
      borrower: borrower.recoveryId,
    });
    return { deleted: 0, left: true };
  }
  const { answer, problem } = await callStep("delete-restored-tables", { recoveryId, table: table.tableName }, deps);
  if (problem !== undefined)
    throw new LeftoversNotDeleted(
      `Restored tables ${left.map(({ tableName }) => tableName).join(", ")} of recovery "${recoveryId}" are not needed (${because}) but could not be deleted: ${problem}`,
    );
  const deleted = (answer as { readonly deleted?: number } | null)?.deleted ?? 0;
  deps.logger.info("Restored tables that nobody needs were deleted", { recoveryId, because, deleted });
  return { deleted, left: (await tablesLeft(recovery, deps)).length > 0 };
}

/** Restored tables that are there; those with our names that are another's are not looked at again. */
async function tablesLeft(recovery: Recovery, deps: Dependencies): Promise<(RestoredTable & { expiry?: Date })[]> {
  const evidence = await deps.recoveries.get<EvidenceRecord>(recovery.recoveryId, "evidence");
  const left: (RestoredTable & { expiry?: Date })[] = [];
  for (const wanted of wantedTables(recovery)) {
    const known = evidence?.tables[wanted.role];
    if (!known || known.deletedAt !== undefined || known.kept !== undefined) continue;
    const table = await describeTable(wanted.tableName, deps);
    if (!table || table.TableStatus === "DELETING") {
      await recordRestoredTable(recovery.recoveryId, wanted, { kept: "it is not there any more" }, deps);
      continue;
    }
    const expiry = await expiryOf(table, known.requestedAt, deps);
    left.push(expiry ? { ...known, expiry } : known);
  }
  return left;
}

async function whyUnneeded(
  { recoveryId }: Recovery,
  left: readonly { readonly expiry?: Date }[],
  { recoveries, now }: Dependencies,
): Promise<string | undefined> {
  if (await recoveries.get(recoveryId, abandonedRecord)) return "the recovery was given up";
  const status = await recoveries.get<RecoveryStatus>(recoveryId, "status");
  if (NEEDS_NO_EVIDENCE.includes(status?.outcome)) return `the recovery ended ${status?.outcome}`;
  if (left.every(({ expiry }) => expiry && expiry <= now())) return "they have expired";
  return undefined;
}
