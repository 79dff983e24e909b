import { Template } from "aws-cdk-lib/assertions";
import { createApp } from "../../infra/app.ts";
import { BackstitchStack } from "../../infra/backstitch-stack.ts";
import { stubCode } from "./stub-code.ts";

/** The template that is deployed, but for the code of its functions. */
export function deployedTemplate(): Template {
  const stack = createApp({ codeOf: stubCode }).node.findChild("Backstitch");
  if (!(stack instanceof BackstitchStack)) throw new Error("The app's stack is not the BackstitchStack.");
  return Template.fromStack(stack);
}

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Effect: string;
  readonly Condition?: unknown;
}

/** All statements of the policies of the role that is called so. */
export function statementsOf(template: Template, roleName: string): Statement[] {
  const roles = template.findResources("AWS::IAM::Role", { Properties: { RoleName: roleName } });
  const [logicalId] = Object.keys(roles);
  if (!logicalId) throw new Error(`The template has no role called ${roleName}.`);
  return Object.values(template.findResources("AWS::IAM::Policy"))
    .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(`"${logicalId}"`))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
}

/** What a role may do to resources whose ARN holds `part`. */
export function actionsOn(statements: readonly Statement[], part: string): string[] {
  return statements
    .filter(({ Resource }) => JSON.stringify(Resource).includes(part))
    .flatMap(({ Action }) => Action)
    .sort();
}
