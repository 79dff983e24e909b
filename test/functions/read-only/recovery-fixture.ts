/** Names of the world's principals, and a recovery as Preflight would write it down. */
import type { GuardName, ProtectedTable, RecoveryRequest } from "../../../functions/contracts.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";

export const ACCOUNT = "111122223333";
export const REGION = "us-east-1";
export const FLAG = "/orders/read-only";
export const TABLE_ARN = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/orders`;
export const DENY_POLICY = `arn:aws:iam::${ACCOUNT}:policy/backstitch-deny-orders`;
export const APP = roleArn("orders-app");
export const WORKER = roleArn("orders-worker");
export const FORGOTTEN = roleArn("forgotten-job");
export const WRITER = roleArn("backstitch-apply-part");
export const IAM_PROBE = roleArn("backstitch-probe-iam-deny");
export const TABLE_PROBE = roleArn("backstitch-probe-table-policy");

export function roleArn(name: string): string {
  return `arn:aws:iam::${ACCOUNT}:role/${name}`;
}

export function recoveryOf(
  recoveryId: string,
  startedAt: string,
  guards: readonly GuardName[],
  request: Partial<RecoveryRequest>,
  table: Partial<ProtectedTable>,
): Recovery {
  return {
    recoveryId,
    executionArn: `arn:aws:states:${REGION}:${ACCOUNT}:execution:backstitch-recover:${recoveryId}`,
    startedAt: startedAt,
    table: {
      tableName: "orders",
      tenantKey: "TENANT#{tenant}",
      guards: [...guards],
      flagParameter: FLAG,
      flagCacheSeconds: 30,
      applicationRoleArns: [APP, WORKER],
      exemptPrincipalArns: [],
      provenWithinSeconds: 120,
      replicaRegions: [],
      changeLogGroups: [],
      ...table,
    },
    tableArn: TABLE_ARN,
    tableId: "table-id",
    keySchema: {
      attributes: [
        { name: "pk", type: "S", role: "HASH" },
        { name: "sk", type: "S", role: "RANGE" },
      ],
    },
    request: {
      table: "orders",
      mode: "repair",
      readOnly: { when: "start" },
      onFailure: "keepReadOnly",
      approval: { timeoutHours: 24, onTimeout: "stop" },
      concurrency: 8,
      conflicts: "skip",
      created: "report",
      evidence: "auto",
      ...request,
    },
    keySource: "list",
    evidence: "restore",
    evidenceReason: "restored beside the table",
    restoreDateTime: 0,
    guards: [...guards],
    sideEffects: [],
  };
}
