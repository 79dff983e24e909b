/** One seeded run: an incident, a recovery with faults, an operator who answers and redrives, and what must hold after it. */
import { setTimeout as sleep } from "node:timers/promises";
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { DescribeExecutionCommand, RedriveExecutionCommand } from "@aws-sdk/client-sfn";
import type { Waiting } from "../../functions/answers/records.ts";
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import type { Report } from "../../functions/report/build-report.ts";
import { quietConditions, seededRandom } from "../../local/conditions.ts";
import { guardedWorld, record } from "../scenarios/support/operator.ts";
import { type Call, drawFaults, isTableWrite, type Reach, WRITERS } from "./faults.ts";
import type { ChaosStage } from "./stage.ts";

const POLL_MS = 15;
const GIVE_UP_MS = Number(process.env.GIVE_UP_MS ?? 60_000);
/** A seed has at most four faults, some of which fail an execution more than once. */
const MOST_REDRIVES = 20;

export interface RunResult {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly redrives: number;
  readonly seconds: number;
  /** What did not hold; empty = all did. */
  readonly broken: readonly string[];
}

export async function runSeed(chaos: ChaosStage, seed: number): Promise<RunResult> {
  const startedAt = Date.now();
  const run = new Run(chaos, seed);
  const broken: string[] = [];
  try {
    await run.play();
    broken.push(...run.broken, ...(await run.judge()));
  } catch (error) {
    broken.push(...run.broken, error instanceof Error ? error.message : String(error));
  } finally {
    await run.end();
  }
  return { seed, faults: run.faults, redrives: run.redrives, seconds: (Date.now() - startedAt) / 1000, broken };
}

class Run {
  readonly broken: string[] = [];
  faults: readonly string[] = [];
  redrives = 0;
  readonly #chaos: ChaosStage;
  readonly #recoveryId: string;
  readonly #random: () => number;
  readonly #story;
  readonly #counts = new Map<string, number>();
  #executionArn = "";
  #isApproved = false;
  #isJournalled = false;
  #told = 0;
  #faultsBefore = 0;

  constructor(chaos: ChaosStage, seed: number) {
    this.#chaos = chaos;
    this.#recoveryId = `chaos-${seed}`;
    this.#random = seededRandom(seed * 7919 + 1);
    this.#story = chaos.takeStory();
  }

  async play(): Promise<void> {
    const { stage, stranger } = this.#chaos;
    const random = this.#random;
    stage.aws.conditions.random = random;
    this.#told = stage.aws.services.sns.messages.length;
    this.#faultsBefore = stage.aws.faults;
    const reach: Reach = {
      stage,
      stranger,
      random,
      story: this.#story,
      recoveryId: this.#recoveryId,
      stopAndRedrive: () => this.#stopAndRedrive(),
    };
    const request = this.#request();
    const faults = drawFaults(reach);
    this.faults = faults.map(({ name }) => name);
    stage.aws.intercept = (intercepted, proceed) => {
      const role = /assumed-role\/([^/]+)\//.exec(intercepted.request.caller.arn)?.[1];
      if (!role?.startsWith("backstitch-")) return proceed();
      const ofRole = (this.#counts.get(role) ?? 0) + 1;
      this.#counts.set(role, ofRole);
      const call: Call = { ...intercepted, role, ofRole };
      const isRepair = this.#watch(call);
      const layered = faults.reduce<() => Promise<never>>(
        (inner, { around }) =>
          () =>
            around?.(call, inner) ?? inner(),
        proceed as () => Promise<never>,
      );
      return isRepair ? this.#checkJournalled(call).then(layered) : layered();
    };
    this.#executionArn = await stage.startRecovery(this.#recoveryId, request);
    await this.#drive();
  }

  #request(): object {
    const random = this.#random;
    const { badSince, incidentEnd } = this.#chaos;
    const keys = this.#story.seeded().map(({ pk, sk }) => ({ pk: pk?.S, sk: sk?.S }));
    const ghosts = ["ghost-0", "ghost-1"]
      .map((name) => this.#story.key(name))
      .map(({ pk, sk }) => ({ pk: pk?.S, sk: sk?.S }));
    return {
      table: "orders",
      badSince,
      incidentEnd,
      keys: [...keys, ...ghosts],
      evidence: random() < 0.7 ? "export" : "restore",
      created: random() < 0.7 ? "delete" : "report",
      conflicts: "skip",
      readOnly: random() < 0.1 ? "none" : { guards: drawGuards(random), when: random() < 0.8 ? "start" : "repair" },
      onFailure: random() < 0.85 ? "keepReadOnly" : "lift",
    };
  }

  /** Answers what is asked and redrives what failed, until the recovery has succeeded. */
  async #drive(): Promise<void> {
    const { stage } = this.#chaos;
    let answered: string | undefined;
    for (const deadline = Date.now() + GIVE_UP_MS; ; await sleep(POLL_MS)) {
      const { status, error, cause } = await stage.sfn.send(
        new DescribeExecutionCommand({ executionArn: this.#executionArn }),
      );
      if (status === "SUCCEEDED") return;
      if (status !== "RUNNING") {
        await this.#checkFrozenIsKnown(`after ${status}`);
        if (this.redrives >= MOST_REDRIVES)
          throw new Error(`it still ends ${status} after ${this.redrives} redrives: ${error} ${cause}`);
        await this.#goOn(`${error} ${cause}`);
        continue;
      }
      const waiting = await record<Waiting>(stage, this.#recoveryId, "waiting");
      if (waiting && waiting.taskToken !== answered) {
        answered = waiting.taskToken;
        if (waiting.for === "approval") this.#isApproved = true;
        const answer =
          waiting.for === "approval" ? { answer: "approve", planHash: waiting.planHash } : { answer: "continue" };
        await stage.answer({ ...answer, recoveryId: this.#recoveryId, by: "on-call" }).catch(() => {
          // A question whose execution has ended meanwhile is asked again after the redrive; an operator would see it too.
          answered = undefined;
        });
      }
      if (Date.now() > deadline)
        throw new Error(`it does not end: ${(await stage.stateNames(this.#executionArn)).at(-1)}`);
    }
  }

  /** As the message says: a freeze that is gone is raised again first. */
  async #goOn(why: string): Promise<void> {
    const { stage } = this.#chaos;
    // The event is on its way; people read it before they type.
    await sleep(POLL_MS);
    const last = await record<{ lastError?: { name: string } }>(stage, this.#recoveryId, "status");
    if (why.includes("ReadOnlyLost") || last?.lastError?.name === "ReadOnlyLost") await this.#freezeAgain();
    await this.#redrive();
  }

  async #freezeAgain(): Promise<void> {
    for (let tries = 0; tries < 20; tries += 1) {
      try {
        await this.#chaos.stage.call("backstitch-activate-read-only", {
          recoveryId: this.#recoveryId,
          table: "orders",
        });
        return;
      } catch {
        await sleep(100);
      }
    }
  }

  async #redrive(): Promise<void> {
    this.redrives += 1;
    await this.#chaos.stage.sfn
      .send(new RedriveExecutionCommand({ executionArn: this.#executionArn }))
      .catch((error) => {
        // Redriven by the fault that stopped it.
        if (!(error instanceof Error && error.name === "ExecutionNotRedrivable")) throw error;
      });
  }

  async #stopAndRedrive(): Promise<void> {
    const { stepFunctions } = this.#chaos.stage.aws.services;
    stepFunctions.stopExecution(this.#executionArn);
    await this.#redrive();
  }

  /** Every write to the protected table: guarded, of a writing role, after an approval. */
  #watch(call: Call): boolean {
    const { action, request, role } = call;
    if (/^(BatchWriteItem|TransactWriteItems|ExecuteStatement)$/.test(action) && request.body.includes("orders"))
      this.broken.push(`${role} calls ${action}`);
    if (!isTableWrite(call)) return false;
    const { ConditionExpression } = JSON.parse(request.body.toString("utf8")) as { ConditionExpression?: string };
    if (!ConditionExpression) this.broken.push(`${role} calls ${action} without a guard`);
    if (role.startsWith("backstitch-probe-")) return false;
    if (!WRITERS.includes(role)) this.broken.push(`${role} writes to the table`);
    if (!this.#isApproved) this.broken.push(`${role} writes before anything is approved`);
    return true;
  }

  /** What an item was must be written down before it is written. */
  async #checkJournalled({ role }: Call): Promise<void> {
    if (this.#isJournalled) return;
    const { Count = 0 } = await this.#chaos.stage.dynamodb.send(
      new QueryCommand({
        TableName: this.#chaos.stage.outputs.RecoveriesTableName,
        ConsistentRead: true,
        KeyConditionExpression: "recoveryId = :id AND begins_with(#record, :journal)",
        ExpressionAttributeNames: { "#record": "record" },
        ExpressionAttributeValues: { ":id": { S: this.#recoveryId }, ":journal": { S: "journal#" } },
      }),
    );
    if (Count === 0) this.broken.push(`${role} writes to the table before it has written a journal`);
    this.#isJournalled = true;
  }

  /** At a moment at which nothing of ours runs: what is frozen is known. */
  async #checkFrozenIsKnown(when: string): Promise<void> {
    const { stage, worldBefore } = this.#chaos;
    // In this order: what a lift has taken down by then is down when it is looked at.
    const known = await record<ReadOnlyRecord>(stage, this.#recoveryId, "read-only");
    const isUp = JSON.stringify(await guardedWorld(stage)) !== JSON.stringify(worldBefore);
    if (isUp && (known === undefined || ["off", "lifted", "lifted-continue"].includes(known.state)))
      this.broken.push(`${when} a guard is up and the record says ${known?.state ?? "nothing"}`);
  }

  async judge(): Promise<string[]> {
    const { stage, worldBefore } = this.#chaos;
    this.#chaos.calm();
    await this.#chaos.settle();
    const broken: string[] = [];
    const world = await guardedWorld(stage);
    if (JSON.stringify(world) !== JSON.stringify(worldBefore))
      broken.push(`guards are not as they were: ${JSON.stringify(world)} instead of ${JSON.stringify(worldBefore)}`);
    const readOnly = await record<ReadOnlyRecord>(stage, this.#recoveryId, "read-only");
    if (readOnly && !["off", "lifted", "lifted-continue"].includes(readOnly.state))
      broken.push(`the record says ${readOnly.state}`);
    if (await record(stage, "lock", "orders")) broken.push("the lock is held");
    const report = await stage.readReport<Report>(this.#recoveryId);
    const listed = new Set(
      [...report.repairs.left.map(({ key }) => key), ...report.repairs.created].map(
        (key) => (key as { sk?: { S?: string } }).sk?.S?.replace("ORDER#", "") ?? "",
      ),
    );
    broken.push(...this.#story.judge(await stage.tableContent(), listed));
    const told = stage.aws.services.sns.messages.slice(this.#told).map(({ message }) => message);
    if (this.redrives > 0 && !told.some((message) => message.includes(this.#recoveryId)))
      broken.push("a failure was told to nobody");
    if (stage.aws.faults > this.#faultsBefore) broken.push("the pocket AWS has a mistake of its own");
    return broken;
  }

  /** Leaves the stage as it was for the next run. */
  async end(): Promise<void> {
    const { stage } = this.#chaos;
    this.#chaos.calm();
    const { status } = await stage.sfn.send(new DescribeExecutionCommand({ executionArn: this.#executionArn }));
    if (status === "RUNNING") stage.aws.services.stepFunctions.stopExecution(this.#executionArn);
    if (status !== "SUCCEEDED") {
      await stage.call("backstitch-lift-read-only", { recoveryId: this.#recoveryId, table: "orders" }).catch(() => {});
      await stage.answer({ recoveryId: this.#recoveryId, answer: "abandon", by: "on-call" }).catch(() => {});
    }
  }
}

const GUARDS = [
  ["table-policy"],
  ["table-policy"],
  ["iam-deny"],
  ["ssm-flag", "table-policy"],
  ["ssm-flag", "iam-deny", "table-policy"],
];

function drawGuards(random: () => number): readonly string[] {
  return GUARDS[Math.floor(random() * GUARDS.length)] ?? ["table-policy"];
}

export function quiet(): ReturnType<typeof quietConditions> {
  return quietConditions({ waitScale: 0.002, restoreMs: 5, exportMs: 5 });
}
