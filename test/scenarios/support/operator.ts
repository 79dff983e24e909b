/** What an operator does and sees during a recovery, through AWS's APIs; and how the world looked before and after. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteItemCommand,
  GetItemCommand,
  GetResourcePolicyCommand,
  ListTablesCommand,
} from "@aws-sdk/client-dynamodb";
import { IAMClient, ListAttachedRolePoliciesCommand } from "@aws-sdk/client-iam";
import { DescribeExecutionCommand, type DescribeExecutionCommandOutput } from "@aws-sdk/client-sfn";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { ProtectedTable } from "../../../functions/contracts.ts";
import type { PlanSummary } from "../../../functions/plan/plan-record.ts";
import { type DeployedPocketAws, ORDERS_TABLE } from "../../support/deployed-pocket-aws.ts";

const POLL_MS = 30;
/** Long beyond anything a story takes: what has not come by then never comes. */
const GIVE_UP_MS = Number(process.env.GIVE_UP_MS ?? 60_000);
const TABLES_PATH = "/backstitch/tables/";
export const FLAG_PARAMETER = "/orders/read-only";
export const PROBE_ROLES = ["backstitch-probe-iam-deny", "backstitch-probe-table-policy"];

/** The content of one record of the recoveries table. */
export async function record<Content>(
  stage: DeployedPocketAws,
  recoveryId: string,
  name: string,
): Promise<Content | undefined> {
  const { Item } = await stage.dynamodb.send(
    new GetItemCommand({
      TableName: stage.outputs.RecoveriesTableName,
      Key: { recoveryId: { S: recoveryId }, record: { S: name } },
      ConsistentRead: true,
    }),
  );
  return Item ? (JSON.parse(Item.document?.S ?? "null") as Content) : undefined;
}

interface Waiting {
  readonly taskToken: string;
  readonly planHash: string;
}

/**
 * Waits until the recovery asks a question that is not `earlier`; its end before that is an error that shows its cause. An
 * execution that resumes a recovery is not called like it.
 */
export async function question(
  stage: DeployedPocketAws,
  executionArn: string,
  earlier?: { readonly taskToken: string },
  recoveryId = executionArn.split(":").at(-1) ?? "",
): Promise<Waiting> {
  for (const deadline = Date.now() + GIVE_UP_MS; ; await sleep(POLL_MS)) {
    const { status, error, cause } = await stage.sfn.send(new DescribeExecutionCommand({ executionArn }));
    const waiting = await record<Waiting>(stage, recoveryId, "waiting");
    if (waiting && waiting.taskToken !== earlier?.taskToken) return waiting;
    if (status !== "RUNNING") throw new Error(`${executionArn} ended ${status} and asked nothing: ${error} ${cause}`);
    if (Date.now() > deadline)
      throw new Error(`${executionArn} asked nothing: ${await stage.stateNames(executionArn)}`);
  }
}

/** Approves the whole plan that the recovery asks about, or will ask about. */
export async function approve(stage: DeployedPocketAws, executionArn: string): Promise<void> {
  const { planHash } = await question(stage, executionArn);
  const recoveryId = executionArn.split(":").at(-1) ?? "";
  await stage.answer({ recoveryId, answer: "approve", planHash, by: "on-call" });
}

/** Starts a recovery and approves its plan; answers the execution, which goes on. */
export async function startApproved(stage: DeployedPocketAws, name: string, request: object): Promise<string> {
  const executionArn = await stage.startRecovery(name, request);
  await approve(stage, executionArn);
  return executionArn;
}

/** A whole recovery with one approval, to its end. */
export async function recover(
  stage: DeployedPocketAws,
  name: string,
  request: object,
): Promise<DescribeExecutionCommandOutput> {
  return stage.waitForStatus(await startApproved(stage, name, request), "SUCCEEDED");
}

export async function readPlan(stage: DeployedPocketAws, recoveryId: string, round = 1): Promise<PlanSummary> {
  return stage.readJson<PlanSummary>(`recoveries/${recoveryId}/plan/${round}/plan.json`);
}

/** Gives up a recovery that failed for good: thaws the table and gives its lock back, so that another one can begin. */
export async function abandon(stage: DeployedPocketAws, recoveryId: string): Promise<void> {
  await stage.call("backstitch-lift-read-only", { recoveryId, table: ORDERS_TABLE });
  await stage.dynamodb.send(
    new DeleteItemCommand({
      TableName: stage.outputs.RecoveriesTableName,
      Key: { recoveryId: { S: "lock" }, record: { S: ORDERS_TABLE } },
      ConditionExpression: "contains(document, :id)",
      ExpressionAttributeValues: { ":id": { S: `"${recoveryId}"` } },
    }),
  );
}

/** Changes how `orders` is protected, as a deployment with another configuration would. */
export async function reconfigure(stage: DeployedPocketAws, changes: Partial<ProtectedTable>): Promise<void> {
  const ssm = new SSMClient(stage.aws.clientConfig());
  const Name = TABLES_PATH + ORDERS_TABLE;
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
  const Value = JSON.stringify({ ...JSON.parse(Parameter?.Value ?? "{}"), ...changes });
  await ssm.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite: true }));
  ssm.destroy();
}

export interface GuardedWorld {
  readonly tablePolicy: string | undefined;
  readonly attachments: Readonly<Record<string, readonly string[]>>;
  readonly flag: string | undefined;
}

/** Everything that a freeze may change, as it stands. */
export async function guardedWorld(stage: DeployedPocketAws): Promise<GuardedWorld> {
  const config = stage.aws.clientConfig();
  const [iam, ssm] = [new IAMClient(config), new SSMClient(config)];
  try {
    const roles = [stage.applicationRoleArn.split("/").at(-1) ?? "", ...PROBE_ROLES];
    const attachments: Record<string, string[]> = {};
    for (const RoleName of roles) {
      const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      attachments[RoleName] = AttachedPolicies.map(({ PolicyArn = "" }) => PolicyArn).sort();
    }
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: FLAG_PARAMETER }));
    return { tablePolicy: await tablePolicy(stage), attachments, flag: Parameter?.Value };
  } finally {
    iam.destroy();
    ssm.destroy();
  }
}

/** Gives a command from a message or an error to AWS, as somebody would who types it: `aws lambda invoke …`. */
export async function typeCommand(stage: DeployedPocketAws, text: string, functionName: string): Promise<void> {
  const command = new RegExp(`aws lambda invoke --function-name ${functionName} .*--payload '(\\{.*?\\})'`).exec(text);
  if (!command?.[1]) throw new Error(`There is no command for ${functionName} in: ${text}`);
  for (const deadline = Date.now() + GIVE_UP_MS; ; await sleep(POLL_MS))
    try {
      await stage.call(functionName, JSON.parse(command[1]));
      return;
    } catch (error) {
      // "Call … once more": the freeze is raised and its proof takes a while.
      if (!String(error).includes("once more") || Date.now() > deadline) throw error;
    }
}

export function tableArn({ aws }: DeployedPocketAws): string {
  return `arn:aws:dynamodb:${aws.region}:${aws.accountId}:table/${ORDERS_TABLE}`;
}

export async function tablePolicy(stage: DeployedPocketAws): Promise<string | undefined> {
  try {
    const { Policy } = await stage.dynamodb.send(new GetResourcePolicyCommand({ ResourceArn: tableArn(stage) }));
    return Policy;
  } catch (error) {
    if (error instanceof Error && error.name === "PolicyNotFoundException") return undefined;
    throw error;
  }
}

/** Names of restored tables that are still there. */
export async function restoredTables({ dynamodb }: DeployedPocketAws): Promise<string[]> {
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand({}));
  return TableNames.filter((name) => /^backstitch-.*-(before|after)$/.test(name));
}

/** Messages that were published about one recovery, oldest first. */
export function toldAbout({ aws }: DeployedPocketAws, recoveryId: string): { subject: string; message: string }[] {
  return aws.services.sns.messages
    .filter(({ message, subject }) => `${subject}\n${message}`.includes(recoveryId))
    .map(({ subject = "", message }) => ({ subject, message }));
}

/** Waits for a message about the recovery that matches: events are delivered when they are. */
export async function message(
  stage: DeployedPocketAws,
  recoveryId: string,
  subject: RegExp,
  text = "",
): Promise<{ subject: string; message: string }> {
  for (const deadline = Date.now() + GIVE_UP_MS; ; await sleep(POLL_MS)) {
    const told = toldAbout(stage, recoveryId);
    const found = told.findLast((one) => subject.test(one.subject) && one.message.includes(text));
    if (found) return found;
    if (Date.now() > deadline)
      throw new Error(
        `Nobody was told ${subject} about ${recoveryId}, but: ${told.map((one) => one.subject).join("; ")}`,
      );
  }
}
