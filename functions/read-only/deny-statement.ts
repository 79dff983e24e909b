/** The statement that a freeze puts into a table's resource policy. */
import { createHash } from "node:crypto";
import type { Environment } from "../runtime/environment.ts";
import type { GuardSubject } from "./guard.ts";
import { type Statement, sameStatement } from "./policy-document.ts";
import { leadingKeys } from "./tenant-scope.ts";
import { WRITE_ACTIONS } from "./write-actions.ts";

/** Every statement of ours begins like this, whichever recovery put it there. */
export const SID_PREFIX = "Backstitch";

/** Sids are letters and digits only; the hash keeps apart what would read the same without `-` and `_`. */
export function sidOf(recoveryId: string): string {
  const hash = createHash("sha256").update(recoveryId).digest("hex").slice(0, 12);
  return `${SID_PREFIX}${recoveryId.replace(/[^0-9A-Za-z]/g, "")}${hash}`;
}

/**
 * Denies writes to everybody but Backstitch's writing roles, the other guard's probe role (else one denial would not say
 * which guard works), the service-linked roles of replication and scaling, and whom the configuration exempts.
 */
export function denyStatement(subject: GuardSubject, environment: Environment): Statement {
  const { recoveryId, table, tableArn, tenants } = subject;
  const scope = tenants && table.tenantKey ? leadingKeys(table.tenantKey, tenants) : undefined;
  return {
    Sid: sidOf(recoveryId),
    Effect: "Deny",
    Principal: "*",
    Action: [...WRITE_ACTIONS],
    Resource: [tableArn, `${tableArn}/index/*`],
    Condition: {
      ArnNotLike: { "aws:PrincipalArn": exemptArns(subject, environment) },
      // ForAnyValue: a batch that mixes tenants is denied as a whole.
      ...(scope ? { [scope.operator]: { "dynamodb:LeadingKeys": [...scope.values] } } : {}),
    },
  };
}

/**
 * Whether what stands under our Sid is what we put there, if only edited: a Deny of nothing but writes to this table. Sids
 * are free for everybody, and what somebody else wrote under ours is his.
 */
export function isOurs(standing: Statement, put: Statement): boolean {
  if (sameStatement(standing, put)) return true;
  const within = (member: "Action" | "Resource") => {
    const [there, ours] = [listOf(standing[member]), listOf(put[member])];
    return there.length > 0 && there.every((text) => ours.includes(text));
  };
  return standing.Sid === put.Sid && standing.Effect === "Deny" && within("Action") && within("Resource");
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function exemptArns({ table, tableArn }: GuardSubject, environment: Environment): string[] {
  const [, partition = "aws", , , account = ""] = tableArn.split(":");
  const serviceRoles = `arn:${partition}:iam::${account}:role/aws-service-role`;
  return [
    ...environment.WRITING_ROLE_ARNS.split(",").map((arn) => arn.trim()),
    environment.IAM_DENY_PROBE_ROLE_ARN,
    // Denying the first cuts a global table's replicas off after 20 hours, for good.
    `${serviceRoles}/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication`,
    `${serviceRoles}/dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable`,
    ...table.exemptPrincipalArns,
  ].filter((arn) => arn !== "");
}
