/** One whole recovery on the deployed machine, with every figure that a look over its shoulder gives. */
import { setTimeout as sleep } from "node:timers/promises";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeExecutionCommand } from "@aws-sdk/client-sfn";
import type { PlanSummary } from "../functions/plan/plan-record.ts";
import type { Report } from "../functions/report/build-report.ts";
import type { FinishedInvocation } from "../local/lambda/service.ts";
import type { DeployedPocketAws } from "../test/support/deployed-pocket-aws.ts";
import { cpuSeconds } from "./cpu.ts";
import { type HistoryFigures, historyFigures } from "./history.ts";
import { type FunctionFigures, functionFigures, largestPayloadBytes } from "./invocations.ts";

const LOOK_EVERY_MS = 100;

export interface RecoveryFigures {
  readonly seconds: number;
  readonly written: number;
  readonly history: HistoryFigures;
  readonly functions: Readonly<Record<string, FunctionFigures>>;
  /** Largest input of any Lambda: the most that the state carries, since each gets only what it is told. */
  readonly largestPayloadBytes: number;
  readonly planObjects: number;
  /** Processor time of everything, the pocket AWS included, from entering a state to entering the next one. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
}

/** Runs a recovery that approves all groups of its plan, to its end. */
export async function measureRecovery(
  stage: DeployedPocketAws,
  recoveryId: string,
  request: object,
): Promise<RecoveryFigures> {
  const finished: FinishedInvocation[] = [];
  const stopListening = stage.aws.services.lambda.onInvoke((invocation) => finished.push(invocation));
  const cpu = new CpuByState(stage);
  try {
    const begun = performance.now();
    const executionArn = await stage.startRecovery(recoveryId, request);
    const plan = await approveAllGroups(stage, executionArn, recoveryId);
    await untilEnded(stage, executionArn);
    const seconds = (performance.now() - begun) / 1000;
    const report = await stage.readReport<Report>(recoveryId);
    return {
      seconds,
      written: report.repairs.outcomes.written ?? 0,
      history: historyFigures(await stage.history(executionArn)),
      functions: functionFigures(finished),
      largestPayloadBytes: largestPayloadBytes(finished),
      planObjects: plan.parts,
      cpuSeconds: cpu.end(),
    };
  } finally {
    stopListening();
    cpu.end();
  }
}

class CpuByState {
  readonly #seconds: Record<string, number> = {};
  readonly #stopListening: () => void;
  #state: string | undefined;
  #since = cpuSeconds();

  constructor({ aws }: DeployedPocketAws) {
    this.#stopListening = aws.services.stepFunctions.onStateEntered(({ stateName }) => {
      // The children of a map belong to the map.
      if (stateName.endsWith("Part")) return;
      this.#count();
      this.#state = stateName;
    });
  }

  end(): Record<string, number> {
    this.#stopListening();
    this.#count();
    return this.#seconds;
  }

  #count(): void {
    const now = cpuSeconds();
    if (this.#state !== undefined) this.#seconds[this.#state] = (this.#seconds[this.#state] ?? 0) + now - this.#since;
    this.#since = now;
  }
}

async function approveAllGroups(
  stage: DeployedPocketAws,
  executionArn: string,
  recoveryId: string,
): Promise<PlanSummary> {
  while (!(await isWaiting(stage, recoveryId))) {
    await throwIfFailed(stage, executionArn);
    await sleep(LOOK_EVERY_MS);
  }
  const plan = await stage.readJson<PlanSummary>(`recoveries/${recoveryId}/plan/1/plan.json`);
  const groups = plan.counts.groups.map(({ kind, attributes }) => ({ kind, attributes }));
  await stage.answer({ recoveryId, answer: "approve", planHash: plan.planHash, groups, by: "figures" });
  return plan;
}

async function isWaiting({ dynamodb, outputs }: DeployedPocketAws, recoveryId: string): Promise<boolean> {
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: outputs.RecoveriesTableName,
      Key: { recoveryId: { S: recoveryId }, record: { S: "waiting" } },
      ConsistentRead: true,
    }),
  );
  return Item !== undefined;
}

async function untilEnded(stage: DeployedPocketAws, executionArn: string): Promise<void> {
  while (await throwIfFailed(stage, executionArn)) await sleep(LOOK_EVERY_MS);
}

/** Whether the execution still runs; any end but a good one is an error that shows its cause. */
async function throwIfFailed({ sfn }: DeployedPocketAws, executionArn: string): Promise<boolean> {
  const { status, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
  if (status === "RUNNING" || status === "SUCCEEDED") return status === "RUNNING";
  throw new Error(`${executionArn} ended ${status}: ${error} ${cause}`);
}
