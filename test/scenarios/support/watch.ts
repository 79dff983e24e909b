/** What the watch over recoveries is shown: trouble that is made, records that have grown old, and sweeps. */
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeRuleCommand, EventBridgeClient, ListRulesCommand, PutRuleCommand } from "@aws-sdk/client-eventbridge";
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import type { Swept } from "../../../functions/sweep.ts";
import type { DeployedPocketAws } from "../../support/deployed-pocket-aws.ts";
import { record } from "./operator.ts";

export const MINUTE = 60_000;

/** Sweeps now, as the schedule would; answers what it did. */
export function sweepNow(stage: DeployedPocketAws): Promise<Swept> {
  return stage.call<Swept>("backstitch-sweep", {});
}

/** The sweep waits no time for events: on AWS the five minutes simply pass. */
export async function waitForNoEvents({ aws }: DeployedPocketAws): Promise<void> {
  await aws.services.lambda.updateEnvironment("backstitch-sweep", { EVENT_GRACE_SECONDS: "0" });
}

/** Writes a record as if it had been written earlier, or by somebody else. */
export async function writeRecord(
  stage: DeployedPocketAws,
  recoveryId: string,
  name: string,
  document: object,
): Promise<void> {
  await stage.dynamodb.send(
    new PutItemCommand({
      TableName: stage.outputs.RecoveriesTableName,
      Item: {
        recoveryId: { S: recoveryId },
        record: { S: name },
        document: { S: JSON.stringify(document) },
        revision: { S: `by hand ${Math.random()}` },
      },
    }),
  );
}

/** Moves times of a record into the past, where it would be had we waited. */
export async function letGrowOld(
  stage: DeployedPocketAws,
  recoveryId: string,
  name: string,
  fields: readonly string[],
  milliseconds: number,
): Promise<void> {
  const document = await record<Record<string, unknown>>(stage, recoveryId, name);
  if (!document) throw new Error(`${recoveryId} has no record ${name}.`);
  const older = fields
    .filter((field) => typeof document[field] === "string")
    .map((field) => [field, new Date(Date.parse(String(document[field])) - milliseconds).toISOString()]);
  await writeRecord(stage, recoveryId, name, { ...document, ...Object.fromEntries(older) });
}

/** Forbids an action to a role as a boundary or an administrator would; answers how to allow it again. */
export async function forbid(stage: DeployedPocketAws, RoleName: string, Action: string): Promise<() => Promise<void>> {
  const iam = new IAMClient(stage.aws.clientConfig());
  const PolicyName = "forbidden";
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action, Resource: "*" }],
  });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  return async () => {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    iam.destroy();
  };
}

/** No event of an ended execution reaches anybody: the rule is switched off. */
export async function loseEvents(stage: DeployedPocketAws): Promise<void> {
  const events = new EventBridgeClient(stage.aws.clientConfig());
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  for (const { Name, EventPattern, ScheduleExpression } of Rules) {
    if (ScheduleExpression) continue;
    await events.send(new PutRuleCommand({ Name, EventPattern, State: "DISABLED" }));
    const { State } = await events.send(new DescribeRuleCommand({ Name }));
    if (State !== "DISABLED") throw new Error(`Rule ${Name} is still ${State}.`);
  }
  events.destroy();
}
