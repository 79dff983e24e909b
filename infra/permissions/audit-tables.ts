import type { Places } from "../places.ts";
import type { Permission } from "./permission.ts";

/** Sees that the audit tables are there. */
export function inspectAuditTables(places: Places): Permission {
  return {
    reason: "Sees that the audit table is there before anything is frozen for it.",
    actions: ["dynamodb:DescribeTable"],
    resources: places.auditTableArns,
  };
}

/** Finds the keys of changes that audit tables hold. */
export function queryAuditTables(places: Places): Permission {
  return {
    reason: "Looks through the audit tables that the configuration names.",
    actions: ["dynamodb:Query"],
    resources: places.auditTableArns,
  };
}
