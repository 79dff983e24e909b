import type { GuardName, ProtectedTable, RecoveryRequest } from "../contracts.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { show } from "./show.ts";

/** The guards of this recovery: those asked for, else all of the table's that can freeze what is asked. */
export function chooseGuards(
  request: Pick<RecoveryRequest, "mode" | "readOnly" | "tenants">,
  table: ProtectedTable,
): GuardName[] {
  const { mode, readOnly, tenants } = request;
  if (mode === "plan" || readOnly === "none") return [];
  const asked = readOnly.guards;
  const unknown = asked?.find((guard) => !table.guards.includes(guard));
  if (unknown)
    throw new InvalidRequest(
      `Field "readOnly.guards" has "${unknown}", which is not set up for table "${table.tableName}" (it has ${table.guards.join(", ")}): leave it out or add it in backstitch.config.ts.`,
    );
  const guards = [...new Set(asked ?? table.guards)];
  // Tenants alone are frozen by the guards that can; iam-deny knows the whole table only.
  const chosen = tenants ? guards.filter((guard) => guard !== "iam-deny") : guards;
  if (chosen.length === 0)
    throw new InvalidRequest(
      `Field "tenants" is ${show(tenants)}, but the only guard of table "${table.tableName}" is iam-deny, which freezes the whole table only: leave "tenants" out, or write "readOnly": "none".`,
    );
  return chosen;
}
