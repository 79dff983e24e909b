/** A recovery that has frozen two tenants by the flag and asks for an approval; nobody who answers can wake it. */
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { question } from "../../scenarios/support/operator.ts";
import type { FuzzStage } from "./fuzz-stage.ts";

export const ASKED = "asked-1";

/** Answers the hash of its plan. */
export async function askForApproval(stage: FuzzStage): Promise<string> {
  const executionArn = await stage.stage.startRecovery(ASKED, {
    table: "orders",
    badSince: "40m ago",
    incidentEnd: "20m ago",
    keys: [{ pk: "TENANT#acme", sk: "ORDER#1" }],
    tenants: ["acme", "globex"],
    readOnly: { guards: ["ssm-flag"] },
  });
  const { planHash } = await question(stage.stage, executionArn);
  // The state that asks may still be at work.
  await stage.stage.waitForState(executionArn, "AwaitApproval");
  const record = (await stage.records()).get(`${ASKED} waiting`);
  const waiting = { ...(JSON.parse(record?.document?.S ?? "{}") as object), taskToken: "a token of nobody" };
  const Item = { ...record, document: { S: JSON.stringify(waiting) } };
  await stage.stage.dynamodb.send(new PutItemCommand({ TableName: stage.recoveriesTable, Item }));
  return planHash;
}
