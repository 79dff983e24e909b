import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { subjectOf } from "./guard.ts";
import { guardsOf } from "./guards.ts";
import { type ReadOnlyRecord, readOnlyRecord } from "./read-only-record.ts";

/** One sentence for people: whether the table is read-only now, by our record (the guards themselves are not asked). */
export async function freezeSentence(recovery: Recovery, deps: Dependencies): Promise<string> {
  const { tableName } = recovery.table;
  if (recovery.guards.length === 0)
    return `Table ${tableName} is not frozen by this recovery: its application goes on writing.`;
  const record = await readOnlyRecord(recovery.recoveryId, deps);
  return record ? sentence(recovery, record) : `Table ${tableName} is not frozen yet.`;
}

function sentence(recovery: Recovery, record: ReadOnlyRecord): string {
  const { tenants } = subjectOf(recovery, record.thawed);
  const what = tenants
    ? `${tenants.length} tenant(s) of table ${recovery.table.tableName} are`
    : `Table ${recovery.table.tableName} is`;
  const by = guardsOf(recovery.guards)
    .map(({ name }) => `${name}: ${record.guards[name]?.proof ?? "pending"}`)
    .join(", ");
  switch (record.state) {
    case "proven":
      return record.frozenFrom
        ? `${what} frozen since ${record.frozenFrom} (${by}).`
        : `${what} flagged read-only since ${record.since} (${by}): nobody but the application can tell whether it obeys.`;
    case "raising":
    case "up":
      return `${what} being frozen since ${record.since}, not proven yet (${by}).`;
    case "lifting":
    case "lifting-continue":
      return `${what} being thawed; some guards may still be up.`;
    case "lifted":
      return `${what} not frozen any more: lifted${record.liftedAt ? ` at ${record.liftedAt}` : ""}.`;
    case "lifted-continue":
      return `${what} not frozen: lifted knowingly while the repair goes on.`;
    case "off":
      return `${what} not frozen.`;
  }
}
