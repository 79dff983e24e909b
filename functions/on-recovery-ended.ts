import { setTimeout as sleep } from "node:timers/promises";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { z } from "zod";
import { attemptsOf } from "./apply/outcomes.ts";
import type { EvidenceRecord } from "./evidence/evidence-record.ts";
import type { ReadOnlyRecord } from "./read-only/read-only-record.ts";
import { causeText, type Ended, endedMessage, endedSubject } from "./report/ended-message.ts";
import { isFrozen } from "./report/report.ts";
import { redriveCommand } from "./runtime/commands.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { notify } from "./runtime/notify.ts";
import type { Lock } from "./runtime/recoveries.ts";
import type { Recovery, RecoveryStatus } from "./runtime/recovery.ts";
import { lambdaHandler } from "./runtime/step.ts";

/** "Step Functions Execution Status Change", as far as we read it. */
const ExecutionEnded = z.object({
  detail: z.object({
    executionArn: z.string(),
    name: z.string(),
    stateMachineArn: z.string(),
    status: z.enum(["FAILED", "TIMED_OUT", "ABORTED"]),
    /** Epoch milliseconds; a redrive does not change it. */
    startDate: z.number(),
    input: z.string().nullish(),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});
type ExecutionEnded = z.infer<typeof ExecutionEnded>;
type Detail = ExecutionEnded["detail"];

/** The service lets nobody change a table's policy twice in 15 s: the machine's own Retry is not here to outlast it. */
const LIFT_TRIES = 4;
const LIFT_PAUSE_MS = 20_000;

/**
 * After an execution failed, timed out or was stopped: writes down what is still frozen, restored and repaired, tells
 * people with the commands to go on, and lifts the freeze where the request said so.
 */
export async function onRecoveryEnded(
  { detail }: ExecutionEnded,
  deps: Dependencies,
  pause: (milliseconds: number) => Promise<unknown> = sleep,
): Promise<Ended | undefined> {
  // Children of a Distributed Map emit events of their own; the rule leaves them out, and so do we.
  if (detail.stateMachineArn !== deps.environment.STATE_MACHINE_ARN) return undefined;
  const recovery = await deps.recoveries.get<Recovery>(detail.name, "recovery");
  if (!recovery || !isOf(recovery, detail)) return didNotBegin(detail, deps);
  const { recoveryId, request } = recovery;
  const status = await deps.recoveries.get<RecoveryStatus>(recoveryId, "status");
  const frozen = isFrozen((await deps.recoveries.get<ReadOnlyRecord>(recoveryId, "read-only")) ?? { state: "off" });
  // A person who chose to stop chose to keep the freeze: onFailure is for what nobody decided.
  const isToLift = frozen && request.onFailure === "lift" && status?.outcome === undefined;
  const notLifted = isToLift ? await lift(recovery, deps, pause) : undefined;
  const lifted = isToLift && notLifted === undefined;
  const ended: Ended = {
    status: detail.status,
    ...(detail.error ? { error: detail.error } : {}),
    at: deps.now().toISOString(),
    frozen: frozen && !lifted,
    lifted,
    ...(notLifted === undefined ? {} : { notLifted }),
    partsBegun: await partsBegun(recoveryId, deps),
    restoredTables: await restoredTables(recoveryId, deps),
  };
  await deps.recoveries.put(recoveryId, "ended", ended);
  await deps.recoveries.setStatus(recoveryId, deps.now(), { state: `execution ${detail.status}` });
  const lines = endedMessage(recovery, ended, detail, status, deps.environment);
  await notify(deps, endedSubject(recovery, ended, status), lines);
  return ended;
}

/** A name may be taken again after 90 days: an event of that other execution is none of this recovery's. */
function isOf({ startedAt }: Recovery, { startDate }: Detail): boolean {
  return Math.abs(Date.parse(startedAt) - startDate) < 1000;
}

/** Preflight refused the request; or it was killed between the lock and the record, which a redrive mends. */
async function didNotBegin(detail: Detail, deps: Dependencies): Promise<Ended> {
  const table = tableOf(detail.input);
  const lock = table === undefined ? undefined : await deps.recoveries.get<Lock>("lock", table);
  await notify(deps, `Backstitch: ${detail.name} did not begin`, [
    `Execution ${detail.executionArn} ended ${detail.status} before it changed anything.`,
    causeText(detail.cause),
    ...(lock?.recoveryId === detail.name
      ? [`It holds table ${table} all the same, and gives it back at its end. Redrive it:`, redriveCommand(detail)]
      : []),
  ]);
  return {
    status: detail.status,
    ...(detail.error ? { error: detail.error } : {}),
    at: deps.now().toISOString(),
    frozen: false,
    lifted: false,
    partsBegun: 0,
    restoredTables: [],
  };
}

function tableOf(input: string | null | undefined): string | undefined {
  const request = z.object({ table: z.string() });
  try {
    return request.safeParse(JSON.parse(input ?? "null")).data?.table;
  } catch {
    return undefined;
  }
}

/** Lifts the freeze by the step that can; answers why not, where it can't: people must hear of it in any case. */
async function lift(
  { recoveryId, table }: Recovery,
  deps: Dependencies,
  pause: (milliseconds: number) => Promise<unknown>,
): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    const problem = await invokeLift({ recoveryId, table: table.tableName }, deps);
    if (!problem) return undefined;
    deps.logger.error("The freeze could not be lifted", { recoveryId, problem: problem.text });
    if (!problem.passing || tries === LIFT_TRIES) return problem.text;
    await pause(LIFT_PAUSE_MS);
  }
}

async function invokeLift(payload: object, { aws, environment }: Dependencies) {
  try {
    const { FunctionError, Payload } = await aws.lambda.send(
      new InvokeCommand({
        FunctionName: `${environment.FUNCTION_PREFIX}-lift-read-only`,
        Payload: new TextEncoder().encode(JSON.stringify(payload)),
      }),
    );
    if (!FunctionError) return undefined;
    const text = causeText(new TextDecoder().decode(Payload));
    return { text, passing: text.startsWith("TransientFailure:") };
  } catch (error) {
    return { text: error instanceof Error ? `${error.name}: ${error.message}` : String(error), passing: false };
  }
}

async function partsBegun(recoveryId: string, deps: Dependencies): Promise<number> {
  let parts = 0;
  for await (const _attempts of attemptsOf(recoveryId, deps)) parts += 1;
  return parts;
}

async function restoredTables(recoveryId: string, { recoveries }: Dependencies): Promise<string[]> {
  const evidence = await recoveries.get<EvidenceRecord>(recoveryId, "evidence");
  return Object.values(evidence?.tables ?? {}).flatMap(({ tableName, deletedAt }) => (deletedAt ? [] : [tableName]));
}

export const handler = lambdaHandler("OnRecoveryEnded", ExecutionEnded, (event, deps) => onRecoveryEnded(event, deps));
