import { show } from "../request/show.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { subjectOf } from "./guard.ts";
import { guardsOf } from "./guards.ts";
import { tenantScopeProblem } from "./tenant-scope.ts";

/** Preflight's part of read-only mode: what would keep a guard from being raised is a bad request now. Changes nothing. */
export async function checkGuards(recovery: Recovery, deps: Dependencies): Promise<void> {
  const { guards, request, table, keySchema } = recovery;
  const { readOnly, tenants } = request;
  if (tenants) {
    const problem = tenantScopeProblem(table, keySchema, tenants);
    if (problem) throw new InvalidRequest(`Field "tenants" is ${show(tenants)}: ${problem}.`);
    if (readOnly !== "none" && readOnly.guards?.includes("iam-deny"))
      throw new InvalidRequest(
        `Field "readOnly.guards" has "iam-deny" beside "tenants", but iam-deny freezes the whole table only: leave one of the two out.`,
      );
  }
  const subject = subjectOf(recovery);
  for (const guard of guardsOf(guards)) {
    const problems = await guard.preflight(subject, deps);
    if (problems.length === 0) continue;
    const listed = problems.map(({ problem, remedy }) => `${problem} (${remedy})`).join("; ");
    throw new InvalidRequest(
      `Field "readOnly.guards" ${readOnly !== "none" && readOnly.guards ? "has" : "is left out, which means the table's guards, among them"} "${guard.name}", which can't be raised: ${listed}.`,
    );
  }
}
