import { type Conditions, quietConditions } from "../../local/conditions.ts";
import { Gateway, type RequestEntry } from "../../local/gateway.ts";
import { type Credentials, ROOT_CREDENTIALS } from "../../local/iam/credentials.ts";
import { IamService } from "../../local/iam/service.ts";
import type { PolicyStatement, Service } from "../../local/service.ts";
import { policy, trustOf } from "./iam/policies.ts";

export interface TestGateway {
  readonly gateway: Gateway;
  readonly iam: IamService;
  readonly conditions: Conditions;
  readonly requests: RequestEntry[];
  readonly faults: Error[];
  /** What SDK clients are made with; root unless other keys are given. */
  config(credentials?: Credentials): {
    endpoint: string;
    region: string;
    credentials: Credentials;
    maxAttempts: number;
  };
  /** Keys of a new role that may do what these statements say. */
  roleWith(name: string, ...statements: PolicyStatement[]): Promise<Required<Credentials>>;
}

/** The real gateway with IAM and the services that `make` gives, on a port of its own. */
export async function gatewayWith(
  make: (iam: IamService, conditions: Conditions) => readonly Service[] = () => [],
  overrides: Partial<Conditions> = {},
  now: () => number = Date.now,
): Promise<TestGateway> {
  const conditions = quietConditions(overrides);
  const iam = new IamService({ conditions, now });
  const [requests, faults]: [RequestEntry[], Error[]] = [[], []];
  const gateway = await Gateway.listen({
    services: [iam, ...make(iam, conditions)],
    callerOf: (key) => iam.callerOf(key),
    conditions,
    onRequest: (entry) => requests.push(entry),
    onFault: (fault) => faults.push(fault),
  });
  const root = iam.callerOf(ROOT_CREDENTIALS.accessKeyId);
  const call = async (parameters: Record<string, string>): Promise<void> => {
    const body = Buffer.from(new URLSearchParams(parameters).toString());
    await iam.handle({ method: "POST", path: "/", query: new URLSearchParams(), headers: {}, body, caller: root });
  };
  return {
    gateway,
    iam,
    conditions,
    requests,
    faults,
    config: (credentials = ROOT_CREDENTIALS) => ({
      endpoint: gateway.endpoint,
      region: "us-east-1",
      credentials,
      maxAttempts: 1,
    }),
    async roleWith(RoleName, ...statements) {
      const AssumeRolePolicyDocument = trustOf({ Service: "lambda.amazonaws.com" });
      await call({ Action: "CreateRole", RoleName, AssumeRolePolicyDocument });
      if (statements.length > 0) {
        const PolicyDocument = JSON.stringify(policy(...statements));
        await call({ Action: "PutRolePolicy", RoleName, PolicyName: "work", PolicyDocument });
      }
      return iam.createRoleCredentials(`arn:aws:iam::${iam.accountId}:role/${RoleName}`, "test");
    },
  };
}
