import type { Places } from "../places.ts";
import type { Permission } from "./permission.ts";

/** Raising guards, and taking down again what was lifted while it was being raised. */
export function raiseGuards(places: Places): Permission[] {
  return [...lowerGuards(places), attachDenyPolicies(places)];
}

function attachDenyPolicies(places: Places): Permission {
  return {
    reason: "iam-deny: attaches the deny policies of this deployment, and no other policy.",
    actions: ["iam:AttachRolePolicy"],
    resources: places.tablesWith("iam-deny").length > 0 ? places.deniableRoleArns : [],
    conditions: { ArnEquals: { "iam:PolicyARN": places.denyPolicyArns } },
  };
}

/** Lowering guards: back to exactly what was there before, or one's own part taken out. */
export function lowerGuards(places: Places): Permission[] {
  const deniable = places.tablesWith("iam-deny").length > 0 ? places.deniableRoleArns : [];
  return [
    ...readGuards(places),
    {
      reason: "ssm-flag: sets the flag that the application checks.",
      actions: ["ssm:PutParameter"],
      resources: places.flagArns,
    },
    {
      reason: "iam-deny: detaches the deny policies of this deployment, and no other policy.",
      actions: ["iam:DetachRolePolicy"],
      resources: deniable,
      conditions: { ArnEquals: { "iam:PolicyARN": places.denyPolicyArns } },
    },
    {
      reason: "table-policy: merges its own statement into the table's policy, and takes it out again.",
      actions: ["dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy"],
      resources: places.tablesWith("table-policy").map(({ tableName }) => places.tableArn(tableName)),
    },
  ];
}

/** Looking at guards: whether they are up, and what stands beside them. Every step that writes asks this itself. */
export function readGuards(places: Places): Permission[] {
  return [
    { reason: "ssm-flag: reads the flag.", actions: ["ssm:GetParameter"], resources: places.flagArns },
    {
      reason: "iam-deny: sees which policies a role has.",
      actions: ["iam:ListAttachedRolePolicies"],
      resources: places.tablesWith("iam-deny").length > 0 ? places.deniableRoleArns : [],
    },
    {
      reason: "table-policy: reads the table's policy and its revision.",
      actions: ["dynamodb:GetResourcePolicy"],
      resources: places.tablesWith("table-policy").map(({ tableName }) => places.tableArn(tableName)),
    },
  ];
}

/** Proving guards: a probe is a write under a role that one guard alone covers. */
export function probeGuards(places: Places): Permission[] {
  return [
    { reason: "Writes as each guard's probe role.", actions: ["sts:AssumeRole"], resources: places.probeRoleArns },
  ];
}
