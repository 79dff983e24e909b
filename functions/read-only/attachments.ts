/** Managed policies of roles: what is attached, and whether one more fits. */
import {
  AttachRolePolicyCommand,
  DetachRolePolicyCommand,
  GetAccountSummaryCommand,
  GetRoleCommand,
  ListAttachedRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import type { Dependencies } from "../runtime/dependencies.ts";
import { GuardFailed, TransientFailure } from "../runtime/errors.ts";
import { isAwsError } from "./aws-errors.ts";

/** "Managed policies attached to an IAM role: 10", where the account does not say otherwise. */
const DEFAULT_QUOTA = 10;

export function roleName(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf("/") + 1);
}

/** ARNs of the managed policies of a role; undefined where there is no such role. */
export async function attachedPolicies(roleArn: string, { aws }: Dependencies): Promise<Set<string> | undefined> {
  const arns = new Set<string>();
  let marker: string | undefined;
  try {
    do {
      const page = await aws.iam.send(
        new ListAttachedRolePoliciesCommand({ RoleName: roleName(roleArn), ...(marker ? { Marker: marker } : {}) }),
      );
      for (const { PolicyArn } of page.AttachedPolicies ?? []) if (PolicyArn) arns.add(PolicyArn);
      marker = page.IsTruncated ? page.Marker : undefined;
    } while (marker);
    return arns;
  } catch (error) {
    if (isAwsError(error, "NoSuchEntity")) return undefined;
    throw error;
  }
}

/** Path of a role (`/aws-service-role/…` belongs to AWS); undefined where there is no such role. */
export async function rolePath(roleArn: string, { aws }: Dependencies): Promise<string | undefined> {
  try {
    const { Role } = await aws.iam.send(new GetRoleCommand({ RoleName: roleName(roleArn) }));
    return Role?.Path ?? "/";
  } catch (error) {
    if (isAwsError(error, "NoSuchEntity")) return undefined;
    throw error;
  }
}

/** How many managed policies a role of this account may have. */
export async function attachmentQuota({ aws }: Dependencies): Promise<number> {
  const { SummaryMap } = await aws.iam.send(new GetAccountSummaryCommand({}));
  return SummaryMap?.AttachedPoliciesPerRoleQuota ?? DEFAULT_QUOTA;
}

export async function attach(roleArn: string, policyArn: string, { aws }: Dependencies): Promise<void> {
  try {
    await aws.iam.send(new AttachRolePolicyCommand({ RoleName: roleName(roleArn), PolicyArn: policyArn }));
  } catch (error) {
    throw readable(error, `can't be raised on role ${roleArn}`);
  }
}

/** Answers whether it was attached. */
export async function detach(roleArn: string, policyArn: string, { aws }: Dependencies): Promise<boolean> {
  try {
    await aws.iam.send(new DetachRolePolicyCommand({ RoleName: roleName(roleArn), PolicyArn: policyArn }));
    return true;
  } catch (error) {
    if (isAwsError(error, "NoSuchEntity")) return false;
    throw readable(error, `can't be lowered on role ${roleArn}`);
  }
}

function readable(error: unknown, what: string): unknown {
  if (isAwsError(error, "ConcurrentModification"))
    return new TransientFailure(`Guard iam-deny ${what} at this moment: somebody else is changing it. Try again.`, {
      cause: error,
    });
  if (isAwsError(error, "LimitExceeded"))
    return new GuardFailed(
      `Guard iam-deny ${what}: it has as many managed policies as the account allows. Detach one or raise the quota "Managed policies attached to an IAM role", then redrive.`,
      { cause: error },
    );
  if (isAwsError(error, "NoSuchEntity", "UnmodifiableEntity", "PolicyNotAttachable"))
    return new GuardFailed(
      `Guard iam-deny ${what}: ${error.message}. Correct applicationRoleArns in backstitch.config.ts (a running recovery keeps the list it started with: start a new one).`,
      { cause: error },
    );
  return error;
}
