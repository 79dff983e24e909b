/** What was there before a freeze is there after it, to the byte; and what came meanwhile stays. */
import { GetResourcePolicyCommand, PutResourcePolicyCommand } from "@aws-sdk/client-dynamodb";
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  DetachRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { haveIncident, NOTHING_WRONG, type OrdersIncident } from "./support/incident.ts";
import {
  approve,
  FLAG_PARAMETER,
  guardedWorld,
  question,
  reconfigure,
  tableArn,
  tablePolicy,
} from "./support/operator.ts";

const APPLICATION_ROLE = "orders-app";

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let iam: IAMClient;
let ssm: SSMClient;

beforeAll(async () => {
  stage = await startDeployedPocketAws();
  iam = new IAMClient(stage.aws.clientConfig());
  ssm = new SSMClient(stage.aws.clientConfig());
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  incident = await haveIncident(stage, { tenants: ["whole", "tenant", "changed", "early", "taken"] });
  await putPolicy(ownPolicy());
  await attach("orders-app-metrics");
  await setFlag("zeta,alpha");
});

afterAll(async () => {
  for (const client of [iam, ssm]) client?.destroy();
  await stage?.close();
});

describe("a table that has a policy, a role that has policies and a flag that has a tenant", () => {
  test("are as they were to the byte after a recovery of the whole table", async () => {
    const before = await everything();
    const executionArn = await stage.startRecovery("whole-table", incident.requestFor("whole"));
    await question(stage, executionArn);
    const frozen = await everything();
    expect(frozen.flag).toBe("all");
    expect(frozen.tablePolicy).not.toBe(before.tablePolicy);
    expect(statements(frozen.tablePolicy).slice(0, 1)).toEqual(statements(before.tablePolicy));
    expect(frozen.attachments[APPLICATION_ROLE]).toHaveLength(2);

    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    expect(await everything()).toEqual(before);
    expect(await incident.wrongIn("whole")).toEqual(NOTHING_WRONG);
    expect((await freezeOf("whole-table")).notes).toEqual([]);
  });

  test("are as they were to the byte after a recovery of one tenant", async () => {
    const before = await everything();
    const executionArn = await stage.startRecovery("one-tenant", incident.requestForTenants("tenant"));
    await question(stage, executionArn);
    const frozen = await everything();
    expect(frozen.flag?.split(",").sort()).toEqual(["alpha", "tenant", "zeta"]);
    expect(frozen.attachments).toEqual(before.attachments);

    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    expect(await everything()).toEqual(before);
    expect(await incident.wrongIn("tenant")).toEqual(NOTHING_WRONG);
    expect((await freezeOf("one-tenant")).notes).toEqual([]);
  });

  test("changed by somebody meanwhile lose what was ours alone, and the report says so", async () => {
    const before = await everything();
    const executionArn = await stage.startRecovery("changed-meanwhile", incident.requestForTenants("changed"));
    await question(stage, executionArn);
    const added = { ...statement("AddedMeanwhile"), Action: "dynamodb:UpdateTimeToLive" };
    const policy = JSON.parse((await tablePolicy(stage)) ?? "{}") as { Statement: unknown[] };
    await putPolicy(JSON.stringify({ ...policy, Statement: [...policy.Statement, added] }));
    await attach("orders-app-tracing");
    await setFlag("alpha,beta,changed");

    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    const after = await everything();
    expect(statements(after.tablePolicy)).toEqual([...statements(before.tablePolicy), added]);
    expect(after.flag).toBe("alpha,beta");
    expect(after.attachments[APPLICATION_ROLE]).toHaveLength(2);
    expect(await incident.wrongIn("changed")).toEqual(NOTHING_WRONG);
    const { notes } = await freezeOf("changed-meanwhile");
    expect(notes.join("\n")).toContain("table-policy: somebody changed the policy meanwhile");
  });

  test("changed between what we saved and what we raised stay so, and the report says what was changed", async () => {
    const before = await everything();
    const added = { ...statement("AddedEarly"), Action: "dynamodb:UpdateTimeToLive" };
    const edits: Readonly<Record<string, () => Promise<unknown>>> = {
      "read-only#ssm-flag": () => setFlag("alpha,gamma"),
      "read-only#iam-deny": () => attach("orders-app-early"),
      "read-only#table-policy": () =>
        putPolicy(JSON.stringify({ Version: "2012-10-17", Statement: [...statements(before.tablePolicy), added] })),
    };
    const edited = afterSaving(edits);
    const executionArn = await stage.startRecovery("changed-early", incident.requestFor("early"));
    await question(stage, executionArn);
    stage.aws.intercept = undefined;
    expect(edited()).toEqual(Object.keys(edits));
    expect((await everything()).flag).toBe("all");

    await approve(stage, executionArn);
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    const after = await everything();
    expect(statements(after.tablePolicy)).toEqual([...statements(before.tablePolicy), added]);
    expect(after.flag).toBe("alpha,gamma");
    const roles = Object.entries(after.attachments).map(([role, policies]) => [role, policies.length]);
    expect(roles).toEqual(
      Object.entries(before.attachments).map(([role, { length }]) => [
        role,
        role === APPLICATION_ROLE ? length + 1 : length,
      ]),
    );
    expect(await incident.wrongIn("early")).toEqual(NOTHING_WRONG);
    expect((await freezeOf("changed-early")).notes).toEqual([
      expect.stringContaining("table-policy: somebody changed the policy meanwhile"),
    ]);
  });

  test("of what we raised somebody took one thing back: the lift takes the rest, and says what was gone", async () => {
    const before = await everything();
    const executionArn = await stage.startRecovery("taken-back", incident.requestFor("taken"));
    await question(stage, executionArn);
    const frozen = await everything();
    const [denied = ""] = (frozen.attachments[APPLICATION_ROLE] ?? []).filter(
      (arn) => !before.attachments[APPLICATION_ROLE]?.includes(arn),
    );
    await iam.send(new DetachRolePolicyCommand({ RoleName: APPLICATION_ROLE, PolicyArn: denied }));
    await setFlag("delta");

    await stage.answer({ recoveryId: "taken-back", answer: "reject", by: "on-call" });
    await stage.waitForStatus(executionArn, "SUCCEEDED");
    expect(await everything()).toEqual({ ...before, flag: "delta" });
    expect((await freezeOf("taken-back")).notes).toEqual([
      expect.stringContaining(`was already off role ${stage.applicationRoleArn}`),
      expect.stringContaining("ssm-flag: somebody changed parameter"),
    ]);
  });
});

/** Lets somebody act right after ActivateReadOnly has saved what is there, record by record; answers what was done. */
function afterSaving(edits: Readonly<Record<string, () => Promise<unknown>>>): () => string[] {
  const done: string[] = [];
  stage.aws.intercept = async ({ action, request }, proceed) => {
    const response = await proceed();
    if (action !== "PutItem" || !request.caller.arn.includes("/backstitch-activate-read-only/")) return response;
    const { Item } = JSON.parse(request.body.toString()) as { Item: { record: { S: string } } };
    const edit = edits[Item.record.S];
    if (edit && !done.includes(Item.record.S)) {
      done.push(Item.record.S);
      await edit();
    }
    return response;
  };
  return () => done;
}

async function everything() {
  const { PolicyDocument } = await iam.send(
    new GetRolePolicyCommand({ RoleName: APPLICATION_ROLE, PolicyName: "orders" }),
  );
  return { ...(await guardedWorld(stage)), inline: PolicyDocument };
}

async function freezeOf(recoveryId: string): Promise<{ notes: readonly string[] }> {
  const { readOnly } = await stage.readReport<Report>(recoveryId);
  if (!("notes" in readOnly)) throw new Error(`Recovery ${recoveryId} did not freeze.`);
  return readOnly;
}

function statement(Sid: string) {
  return { Sid, Effect: "Deny", Principal: "*", Action: "dynamodb:DeleteTable", Resource: tableArn(stage) };
}

/** Written by a person: spaces and order as no program would have them. */
function ownPolicy(): string {
  return `{ "Statement": [\n  ${JSON.stringify(statement("NobodyDeletes"))} ],\n  "Version":"2012-10-17" }`;
}

function statements(policy: string | undefined): unknown[] {
  return (JSON.parse(policy ?? "{}") as { Statement?: unknown[] }).Statement ?? [];
}

async function putPolicy(Policy: string): Promise<void> {
  const ResourceArn = tableArn(stage);
  await stage.dynamodb.send(new PutResourcePolicyCommand({ ResourceArn, Policy }));
  expect((await stage.dynamodb.send(new GetResourcePolicyCommand({ ResourceArn }))).Policy).toBe(Policy);
}

async function attach(PolicyName: string): Promise<void> {
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "cloudwatch:PutMetricData", Resource: "*" }],
  });
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  await iam.send(new AttachRolePolicyCommand({ RoleName: APPLICATION_ROLE, PolicyArn: Policy?.Arn }));
}

async function setFlag(Value: string): Promise<void> {
  await ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Value, Type: "String", Overwrite: true }));
}
