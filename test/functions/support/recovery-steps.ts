/** The steps of one recovery after another, in process and in one world: such as one that takes an earlier one back. */
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { answerRecovery } from "../../../functions/answer-recovery.ts";
import { type Approval, approvalRecord, type Waiting } from "../../../functions/answers/records.ts";
import { giveTableBack } from "../../../functions/apply/earlier-writers.ts";
import { applyPart } from "../../../functions/apply-part.ts";
import { collectEvidence } from "../../../functions/collect-evidence.ts";
import type { Answer, StepOutput } from "../../../functions/contracts.ts";
import { listParts } from "../../../functions/list-parts.ts";
import { planPart } from "../../../functions/plan-part.ts";
import { preflight } from "../../../functions/preflight.ts";
import { subjectOf } from "../../../functions/read-only/guard.ts";
import type { ReadOnlyRecord } from "../../../functions/read-only/read-only-record.ts";
import { ssmFlag } from "../../../functions/read-only/ssm-flag.ts";
import { decodePlanEntry, type JsonPlanEntry, type PlanEntry } from "../../../functions/repair/plan-entry.ts";
import { repairTrial } from "../../../functions/repair-trial.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import { summarizePlan } from "../../../functions/summarize-plan.ts";
import { summarizeRepairs } from "../../../functions/summarize-repairs.ts";
import { verifyPart } from "../../../functions/verify-part.ts";
import { verifyTrial } from "../../../functions/verify-trial.ts";
import type { StepsWorld } from "./steps-world.ts";

/** What Preflight and the guards ask beside DynamoDB: how the table is protected, its flag, and who listens to it. */
export function configured(world: StepsWorld, table: object = {}): Dependencies {
  const protectedTable = { tableName: "orders", guards: ["ssm-flag"], flagParameter: "/flag", ...table };
  let flag = "none";
  const ssm = {
    send: async (command: object) => {
      if (command instanceof PutParameterCommand) flag = command.input.Value ?? "";
      const isFlag = command instanceof GetParameterCommand && command.input.Name === "/flag";
      return { Parameter: { Type: "String", Value: isFlag ? flag : JSON.stringify(protectedTable) } };
    },
  };
  return { ...world.deps, aws: { ...world.deps.aws, ssm, lambda: { send: async () => ({}) } } as unknown as Aws };
}

/** The steps of one recovery, one after the other. */
export class RecoverySteps {
  readonly recoveryId: string;
  readonly #deps: Dependencies;
  readonly #step: { readonly recoveryId: string; readonly table: string };

  constructor(recoveryId: string, deps: Dependencies) {
    this.recoveryId = recoveryId;
    this.#deps = deps;
    this.#step = { recoveryId, table: "orders" };
  }

  static async begin(recoveryId: string, request: object, deps: Dependencies): Promise<RecoverySteps> {
    const executionArn = `arn:aws:states:eu-west-1:111122223333:execution:recover:${recoveryId}`;
    const startTime = deps.now().toISOString();
    await preflight({ recoveryId, executionArn, startTime, request }, deps);
    return new RecoverySteps(recoveryId, deps);
  }

  /** A freeze that is up and proven: deletes may rely on it. */
  async freeze(): Promise<void> {
    const recovery = await this.#deps.recoveries.load(this.recoveryId);
    await ssmFlag.raise(subjectOf(recovery), this.#deps);
    const proven: ReadOnlyRecord = {
      state: "proven",
      since: recovery.startedAt,
      thawed: [],
      guards: { "ssm-flag": { proof: "proven", denials: [] } },
      doesNotCover: [],
      notes: [],
      visits: 1,
    };
    await this.#deps.recoveries.put(this.recoveryId, "read-only", proven);
  }

  /** Lifts the freeze and ends as WriteReport does: there is an outcome, and the table is free again. */
  async end(outcome = "Recovered"): Promise<void> {
    const recovery = await this.#deps.recoveries.load(this.recoveryId);
    await ssmFlag.lower(subjectOf(recovery), this.#deps);
    await this.#deps.recoveries.setStatus(this.recoveryId, this.#deps.now(), { state: "ended", outcome });
    await giveTableBack(recovery, this.#deps);
  }

  async collect(): Promise<StepOutput<"ListParts">> {
    for (let slice = 0; ; ) {
      const collected = await collectEvidence({ ...this.#step, slice }, this.#deps);
      if (collected.status === "ready") return listParts(this.#step, this.#deps);
      slice = collected.slice;
    }
  }

  async plan(round = 1): Promise<StepOutput<"SummarizePlan">> {
    const { parts = 0 } = (await this.#deps.recoveries.get<{ parts: number }>(this.recoveryId, "keys")) ?? {};
    for (let part = 1; part <= parts; part += 1)
      await planPart({ ...this.#step, round, part: String(part).padStart(5, "0") }, this.#deps);
    return summarizePlan({ ...this.#step, round }, this.#deps);
  }

  async approve(
    planHash: string,
    answer: Partial<Extract<Answer, { answer: "approve" | "replan" }>> = {},
    round = 1,
  ): Promise<Approval> {
    const waiting: Waiting = { for: "approval", taskToken: "t", askedAt: `${round}`, round, planHash };
    await this.#deps.recoveries.put(this.recoveryId, "waiting", waiting);
    const given = { recoveryId: this.recoveryId, answer: "approve", planHash, by: "ann", ...answer } as Answer;
    await answerRecovery(given, this.#deps);
    const approval = await this.#deps.recoveries.get<Approval>(this.recoveryId, approvalRecord(round));
    if (!approval) throw new Error("The approval was not recorded.");
    return approval;
  }

  async repair({ approvedHash }: Approval, round = 1) {
    const of = { ...this.#step, round, planHash: approvedHash };
    await repairTrial(of, this.#deps);
    const trial = await verifyTrial(of, this.#deps);
    for (const part of await this.#parts(round)) await applyPart({ ...of, part }, this.#deps);
    for (const part of await this.#parts(round)) await verifyPart({ ...of, part }, this.#deps);
    return { trial, summary: await summarizeRepairs(of, this.#deps) };
  }

  /** From the keys to the last write, under a proven freeze; then the table is given back. */
  async run(): Promise<Awaited<ReturnType<RecoverySteps["repair"]>>["summary"]> {
    await this.freeze();
    await this.collect();
    const { planHash } = await this.plan();
    const { summary } = await this.repair(await this.approve(planHash));
    await this.end();
    return summary;
  }

  /** All entries of the plan. */
  async entries(round = 1): Promise<PlanEntry[]> {
    const { artifacts } = this.#deps;
    const parts = await Promise.all(
      (await this.#parts(round)).map((part) =>
        artifacts.getJson<{ entries: JsonPlanEntry[] }>(this.recoveryId, `plan/${round}/${part}.json`),
      ),
    );
    return parts.flatMap(({ entries }) => entries.map(decodePlanEntry));
  }

  async #parts(round: number): Promise<string[]> {
    const manifest = await this.#deps.artifacts.getJson<{ part: string }[]>(
      this.recoveryId,
      `plan/${round}/parts.json`,
    );
    return manifest.map(({ part }) => part);
  }
}
