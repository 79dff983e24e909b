/** Takes single actions out of deployed roles, as a slip in a deployment would, and gives them back. */
import {
  CreateRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { DeployedPocketAws } from "../../support/deployed-pocket-aws.ts";

interface Statement {
  readonly Action: string | readonly string[];
}

/** Takes the action out of every inline policy of the role; answers how to give it back. */
export async function takeAway(stage: DeployedPocketAws, role: string, action: string): Promise<() => Promise<void>> {
  const iam = new IAMClient(stage.aws.clientConfig());
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: role }));
  const taken: { readonly PolicyName: string; readonly PolicyDocument: string }[] = [];
  for (const PolicyName of PolicyNames) {
    const { PolicyDocument = "" } = await iam.send(new GetRolePolicyCommand({ RoleName: role, PolicyName }));
    const before = decodeURIComponent(PolicyDocument);
    const after = without(before, action);
    if (after === undefined) continue;
    taken.push({ PolicyName, PolicyDocument: before });
    await iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName, PolicyDocument: after }));
  }
  if (taken.length === 0) throw new Error(`Role ${role} has no ${action} that could be taken away.`);
  return async () => {
    for (const policy of taken) await iam.send(new PutRolePolicyCommand({ RoleName: role, ...policy }));
    iam.destroy();
  };
}

function without(document: string, action: string): string | undefined {
  const policy = JSON.parse(document) as { readonly Statement: readonly Statement[] };
  let found = false;
  const statements = policy.Statement.flatMap((statement) => {
    const actions = [statement.Action].flat();
    if (!actions.includes(action)) return [statement];
    found = true;
    const left = actions.filter((one) => one !== action);
    return left.length > 0 ? [{ ...statement, Action: left }] : [];
  });
  return found ? JSON.stringify({ ...policy, Statement: statements }) : undefined;
}

/** A role that writes to the table and that nobody remembered when the table was protected. */
export async function makeForgottenRole(stage: DeployedPocketAws, name: string, tableArn: string): Promise<string> {
  const iam = new IAMClient(stage.aws.clientConfig());
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: name,
      PolicyName: "writes",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "dynamodb:*", Resource: tableArn }],
      }),
    }),
  );
  iam.destroy();
  return Role?.Arn ?? "";
}
