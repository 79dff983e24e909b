import type { AuthorizationRequest, Caller, PolicyStatement } from "../../../local/service.ts";

export const ACCOUNT = "111122223333";
export const TABLE = `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/orders`;

/** A session of the role with this name. */
export function roleSession(name: string, session = "run"): Caller {
  return {
    accountId: ACCOUNT,
    kind: "role",
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/${session}`,
    principalArn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    accessKeyId: `ASIA-${name}`,
  };
}

export function request(overrides: Partial<AuthorizationRequest> = {}): AuthorizationRequest {
  return { caller: roleSession("app"), action: "dynamodb:UpdateItem", resource: TABLE, ...overrides };
}

/** A policy document of these statements. */
export function policy(...Statement: PolicyStatement[]): { Version: string; Statement: PolicyStatement[] } {
  return { Version: "2012-10-17", Statement };
}

export const trustOf = (principal: Record<string, string>): string =>
  JSON.stringify(policy({ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }));
