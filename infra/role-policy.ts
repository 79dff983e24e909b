import { Stack, Validations } from "aws-cdk-lib";
import { type IRole, Policy } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { type Permission, toStatements } from "./permissions/permission.ts";

/** The permissions of a role as one policy; each wildcard is acknowledged to cdk-nag with its own reason. */
export class RolePolicy extends Construct {
  readonly policy: Policy;

  constructor(scope: Construct, id: string, role: IRole, permissions: readonly Permission[]) {
    super(scope, id);
    this.policy = new Policy(this, "Policy", { roles: [role], statements: toStatements(permissions) });
    for (const { resources, wildcard } of permissions)
      for (const resource of resources.filter((arn) => wildcard && arn.includes("*")))
        Validations.of(this.policy).acknowledge({
          id: `AwsSolutions-IAM5[Resource::${asFinding(Stack.of(this).resolve(resource))}]`,
          reason: wildcard ?? "",
        });
  }
}

/** cdk-nag writes an ARN with the names of what CloudFormation puts in: `arn:<AWS::Partition>:…`. */
function asFinding(resolved: unknown): string {
  if (typeof resolved === "string") return resolved;
  const { "Fn::Join": join, "Fn::GetAtt": attribute, Ref } = resolved as Record<string, unknown>;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(asFinding).join(String(join[0]));
  return `<${Array.isArray(attribute) ? attribute.join(".") : Ref}>`;
}
