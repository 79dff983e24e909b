/** The earlier recovery that a request names: what may keep its table, and what it wrote. */
import { journalsOf } from "../apply/journal-store.ts";
import { attemptsOf } from "../apply/outcomes.ts";
import { readOnlyRecord } from "../read-only/read-only-record.ts";
import { isFrozen } from "../report/report.ts";
import { answerCommand, liftCommand } from "../runtime/commands.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import type { Lock } from "../runtime/recoveries.ts";
import type { Recovery, RecoveryStatus } from "../runtime/recovery.ts";
import { isRecoveryName } from "./check-name.ts";

/** The field of a request that names an earlier recovery. */
export interface Named {
  readonly field: string;
  readonly id: string;
  readonly table: string | undefined;
}

/** Its record; unknown names and other tables are refused. */
export async function findEarlier(
  recoveryId: string,
  { field, id, table }: Named,
  deps: Dependencies,
): Promise<Recovery> {
  const isOther = id !== recoveryId && isRecoveryName(id);
  const earlier = !isOther ? undefined : await deps.recoveries.get<Recovery>(id, "recovery");
  if (!earlier)
    throw new InvalidRequest(
      `Field "${field}" is "${id}", which is no earlier recovery of this deployment: give the name of its execution, as its report and the console show it.`,
    );
  if (table !== undefined && table !== earlier.table.tableName)
    throw new InvalidRequest(
      `Field "table" is "${table}", but "${field}" names a recovery of table "${earlier.table.tableName}": correct the table, or leave it out.`,
    );
  return earlier;
}

/** A recovery that holds its table is under way, or was given up by nobody: it may still be redriven, and write. */
export async function refuseIfHeld({ field, id }: Named, earlier: Recovery, deps: Dependencies): Promise<void> {
  const { tableName } = earlier.table;
  const holder = await deps.recoveries.get<Lock>("lock", tableName);
  if (holder?.recoveryId !== id) return;
  const status = await deps.recoveries.get<RecoveryStatus>(id, "status");
  if (!status?.outcome && !(await deps.recoveries.get(id, "ended")))
    throw new InvalidRequest(
      `Field "${field}" is "${id}", a recovery of table "${tableName}" that is under way: wait until it has ended, or answer what it asks.`,
    );
  const frozen = isFrozen((await readOnlyRecord(id, deps)) ?? { state: "off" });
  const lift = frozen ? `lift its freeze (${liftCommand(deps.environment, earlier)}) and ` : "";
  throw new InvalidRequest(
    `Field "${field}" is "${id}", a recovery that ended ${status?.outcome ?? "in failure"} and still holds table "${tableName}": ${lift}give it up first (${answerCommand(deps.environment, { recoveryId: id, answer: "abandon", by: "YOUR NAME" })}), or redrive it to its end.`,
  );
}

/** The table is still the one that the earlier recovery worked on, under a description that means the same. */
export function checkSameTable(
  field: string,
  { recoveryId, tableId, table, keySchema }: Recovery,
  now: Pick<Recovery, "tableId" | "table" | "keySchema">,
): void {
  if (tableId !== now.tableId || JSON.stringify(keySchema) !== JSON.stringify(now.keySchema))
    throw new InvalidRequest(
      `Field "${field}" is "${recoveryId}", which worked on a table "${table.tableName}" that is not the one of today: it was deleted and created anew since. Start a recovery with times of the new table.`,
    );
  if (table.versionAttribute !== now.table.versionAttribute)
    throw new InvalidRequest(
      `Field "${field}" is "${recoveryId}", which ran when the versionAttribute of table "${table.tableName}" was ${show(table.versionAttribute)}; now it is ${show(now.table.versionAttribute)}: its guards do not fit any more. Start a recovery with times.`,
    );
}

function show(value: string | undefined): string {
  return value === undefined ? "not declared" : `"${value}"`;
}

/** The first and the last second in which a recovery may have written; undefined where it wrote nothing. */
export async function writtenBetween(id: string, deps: Dependencies) {
  let wrote = false;
  for await (const _journal of journalsOf(id, deps)) {
    wrote = true;
    break;
  }
  if (!wrote) return undefined;
  const begun: number[] = [];
  for await (const attempts of attemptsOf(id, deps)) for (const at of attempts.begun) begun.push(Date.parse(at));
  const status = await deps.recoveries.get<RecoveryStatus>(id, "status");
  const first = begun.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
  const began = Number.isFinite(first) ? first : deps.now().getTime();
  const last = Math.max(began, Date.parse(status?.updatedAt ?? new Date(began).toISOString()));
  return { first: Math.floor(began / 1000), last: Math.floor(last / 1000) };
}
