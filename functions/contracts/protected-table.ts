import { z } from "zod";
import { TableName } from "./request.ts";

export const GuardName = z.enum(["ssm-flag", "iam-deny", "table-policy"]);
export type GuardName = z.infer<typeof GuardName>;

/** How a table is protected: from `backstitch.config.ts`, kept as an SSM parameter that Preflight alone reads. */
export const ProtectedTable = z.strictObject({
  tableName: TableName,
  /** Customer managed key of the table, if it has one: whoever reads or writes its items must be allowed to use it. */
  keyArn: z.string().startsWith("arn:").optional(),
  /** A number that the application raises with every write; guards rely on it. */
  versionAttribute: z.string().optional(),
  /** How a tenant stands in the partition key: `{tenant}` exactly, or a prefix such as `TENANT#{tenant}#*`. */
  tenantKey: z
    .string()
    .regex(/^[^{}*]*\{tenant\}[^{}*]*\*?$/)
    .optional(),
  guards: z.array(GuardName).min(1),
  /** An approval counts only where it is known who gives it and who started the recovery, and they are two people. */
  fourEyes: z.boolean().optional(),
  /** Name of the parameter that the application checks: `none`, `all` or tenants separated by commas. */
  flagParameter: z.string().optional(),
  /** How long the application may go on with an old value of the flag, in seconds. */
  flagCacheSeconds: z.number().nonnegative().default(60),
  applicationRoleArns: z.array(z.string()).default([]),
  /** Principals beside Backstitch's own that the table policy lets through, such as a replication tool. */
  exemptPrincipalArns: z.array(z.string()).default([]),
  /** A freeze that is not proven after this many seconds fails the recovery. */
  provenWithinSeconds: z.number().positive().default(600),
  /** Regions of the table's global replicas that are frozen by other means; every replica must be named. */
  replicaRegions: z.array(z.string()).default([]),
  /** Log groups that hold the application's change log (`logItemChange` of the kit), for the key source `logs`. */
  changeLogGroups: z.array(z.string().min(1)).max(50).default([]),
  /** Table that the kit's `AuditLog` writes, for the key source `audit`. */
  auditTable: TableName.optional(),
  /** A function of yours that says whether the application is well: `{ healthy: boolean, message?: string }`. */
  healthCheckFunctionArn: z.string().optional(),
});
export type ProtectedTable = z.infer<typeof ProtectedTable>;
