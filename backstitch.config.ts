import { defineConfig } from "./infra/config.ts";

/** Which tables this deployment may recover, and how each is made read-only. This one is the table of the demo. */
export default defineConfig({
  tables: [
    {
      tableName: "orders",
      versionAttribute: "version",
      tenantKey: "TENANT#{tenant}",
      guards: ["ssm-flag", "iam-deny", "table-policy"],
      flagParameter: "/orders/read-only",
      flagCacheSeconds: 2,
      applicationRoles: ["orders-app"],
      provenWithinSeconds: 600,
      changeLogGroups: ["/orders/changes"],
      auditTable: "orders-audit",
    },
  ],
});
