/** How long, and how many calls one after another, from StartExecution to the first write that is denied. */
import { setTimeout as sleep } from "node:timers/promises";
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { keyItem, ORDERS_TABLE } from "../local/demo/orders.ts";
import type { DeployedPocketAws } from "../test/support/deployed-pocket-aws.ts";
import { longestRow } from "./longest-row.ts";
import { orderKey } from "./orders.ts";
import { isOfBackstitch, nameOf, type RequestLog } from "./requests.ts";

/** Large against what a call takes by itself, so that calls which follow each other can be told from those at once. */
const LATENCY_MS = 100;
const KNOCK_EVERY_MS = 5;

export interface FreezeFigures {
  readonly latencyMs: number;
  /** Until a write of the application is denied. */
  readonly seconds: number;
  readonly calls: number;
  /** The longest row of calls of which none began before the one before it was answered. */
  readonly sequentialCalls: number;
  readonly byAction: Readonly<Record<string, number>>;
}

/** Starts a recovery, knocks as the application until it is denied, and stops the recovery. */
export async function measureFreeze(
  stage: DeployedPocketAws,
  recoveryId: string,
  request: object,
  log: RequestLog,
): Promise<FreezeFigures> {
  const { conditions, services } = stage.aws;
  log.clear();
  conditions.latencyMs = LATENCY_MS;
  const begun = Date.now();
  const executionArn = await stage.startRecovery(recoveryId, request);
  await untilDenied(stage);
  const deniedAt = Date.now();
  conditions.latencyMs = 0;
  services.stepFunctions.stopExecution(executionArn);
  const calls = log.entries.filter((entry) => isOfBackstitch(entry) && entry.atMs >= begun && entry.atMs <= deniedAt);
  const byAction = new Map<string, number>();
  for (const call of calls) byAction.set(nameOf(call), (byAction.get(nameOf(call)) ?? 0) + 1);
  return {
    latencyMs: LATENCY_MS,
    seconds: (deniedAt - begun) / 1000,
    calls: calls.length,
    sequentialCalls: longestRow(calls, LATENCY_MS),
    byAction: Object.fromEntries(byAction),
  };
}

/** A write whose condition can't hold, under the application's role: let through it is refused by its condition. */
async function untilDenied(stage: DeployedPocketAws): Promise<void> {
  const application = stage.asApplication();
  const knock = new UpdateItemCommand({
    TableName: ORDERS_TABLE,
    Key: keyItem(orderKey(0)),
    ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(pk)",
  });
  try {
    for (;;) {
      const name = await application.send(knock).then(
        () => "nothing",
        (error: Error) => error.name,
      );
      if (name.startsWith("AccessDenied")) return;
      if (!name.startsWith("ConditionalCheckFailed")) throw new Error(`The application's write met ${name}.`);
      await sleep(KNOCK_EVERY_MS);
    }
  } finally {
    application.destroy();
  }
}
