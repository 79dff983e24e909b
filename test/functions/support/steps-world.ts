/** One recovery in process: its table and evidence on the pocket AWS's DynamoDB, a bucket in memory, and who else is called. */
import { type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import type { S3Client } from "@aws-sdk/client-s3";
import { DescribeExecutionCommand, SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { PublishCommand } from "@aws-sdk/client-sns";
import { answerRecovery } from "../../../functions/answer-recovery.ts";
import { type Approval, approvalRecord, type Waiting } from "../../../functions/answers/records.ts";
import { applyPart } from "../../../functions/apply-part.ts";
import type { Answer, StepOutput } from "../../../functions/contracts.ts";
import type { Item } from "../../../functions/items/item.ts";
import { encodeItem } from "../../../functions/items/item-json.ts";
import { canonicalKey } from "../../../functions/items/key.ts";
import { keepKeyPart, partName } from "../../../functions/key-sources/key-part.ts";
import { planPart } from "../../../functions/plan-part.ts";
import { repairTrial } from "../../../functions/repair-trial.ts";
import { Artifacts } from "../../../functions/runtime/artifacts.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { summarizePlan } from "../../../functions/summarize-plan.ts";
import { summarizeRepairs } from "../../../functions/summarize-repairs.ts";
import { verifyPart } from "../../../functions/verify-part.ts";
import { verifyTrial } from "../../../functions/verify-trial.ts";
import { RecoveryWorld } from "../evidence/recovery-world.ts";

export const RECOVERY_ID = "r-1";
export const STEP = { recoveryId: RECOVERY_ID, table: "orders" };
export const MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:backstitch-recover";

type Plain = Readonly<Record<string, number | string>>;
/** One item as it was, as the incident left it and as it is; a missing `after` = as it is. */
export interface Story {
  readonly before: Plain | null;
  readonly after?: Plain | null;
  readonly live: Plain | null;
}

export class StepsWorld {
  readonly pocket: RecoveryWorld;
  readonly deps: Dependencies;
  readonly told: { readonly subject: string; readonly message: string }[] = [];
  readonly woken: { readonly taskToken: string; readonly output: string }[] = [];
  readonly invoked: { readonly name: string; readonly payload: unknown }[] = [];
  /** What SendTaskSuccess throws, if anything. */
  wakeError: Error | undefined;
  /** What DescribeExecution answers; undefined: Step Functions has forgotten the execution. */
  executionStatus: string | undefined = "RUNNING";
  /** The rest of what it answers. */
  redriveCount: number | undefined;
  stopDate: Date | undefined;
  /** What Publish throws, if anything. */
  publishError: Error | undefined;
  /** How an invoked function answers. */
  answerOf: (name: string) => { FunctionError?: string; payload: unknown } = () => ({ payload: {} });
  /** Told of every S3 command before it is sent; throws to fail it. */
  beforeS3: (command: object) => void = () => {};

  private constructor(pocket: RecoveryWorld) {
    this.pocket = pocket;
    const s3 = {
      send: async (command: Parameters<S3Client["send"]>[0]) => {
        this.beforeS3(command);
        return pocket.s3.client.send(command);
      },
    } as unknown as S3Client;
    const others = { send: async (command: object) => this.#answer(command) };
    const { dynamodb } = pocket.deps.aws;
    this.deps = {
      ...pocket.deps,
      environment: { ...pocket.deps.environment, STATE_MACHINE_ARN: MACHINE },
      aws: { dynamodb, dynamodbOnce: dynamodb, s3, sns: others, sfn: others, lambda: others } as unknown as Aws,
      artifacts: new Artifacts(s3, "bucket"),
    };
  }

  /** A recovery of `orders` that holds the table and freezes nothing. */
  static async start(
    change: Partial<Recovery> = {},
    keys: Parameters<RecoveryWorld["createTable"]>[1] = [
      ["pk", "S"],
      ["sk", "N"],
    ],
  ): Promise<StepsWorld> {
    const pocket = await RecoveryWorld.start();
    const world = new StepsWorld(pocket);
    for (const name of ["orders", "backstitch-r-1-before", "backstitch-r-1-after"])
      await pocket.createTable(name, keys);
    const recovery = await pocket.recover({ incidentEnd: pocket.nowMs / 1000 + 60, ...change });
    const { recoveryId, executionArn, startedAt } = recovery;
    await world.deps.recoveries.acquireLock("orders", { recoveryId, executionArn, acquiredAt: startedAt });
    return world;
  }

  close(): Promise<void> {
    return this.pocket.close();
  }

  recovery(): Promise<Recovery> {
    return this.deps.recoveries.load(RECOVERY_ID);
  }

  async changeRecovery(change: Partial<Recovery>): Promise<Recovery> {
    const recovery = { ...(await this.recovery()), ...change };
    await this.deps.recoveries.put(RECOVERY_ID, "recovery", recovery);
    return recovery;
  }

  /** Writes what happened to the items (their sort keys count from 1), and the list of their keys as one part or several. */
  async happened(stories: readonly Story[], keysAPart = 500): Promise<void> {
    const images = stories.map(({ before, after, live }, index) => ({
      before: before && itemAt(index + 1, before),
      after: after === undefined ? live && itemAt(index + 1, live) : after && itemAt(index + 1, after),
      live: live && itemAt(index + 1, live),
    }));
    const present = (role: "before" | "after" | "live"): Item[] =>
      images.map((one) => one[role]).filter((item) => item !== null);
    await this.pocket.seed("backstitch-r-1-before", present("before"));
    await this.pocket.seed("backstitch-r-1-after", present("after"));
    await this.pocket.seed("orders", present("live"));
    let parts = 0;
    for (let start = 0; start < stories.length; start += keysAPart) {
      parts += 1;
      const keys = stories.slice(start, start + keysAPart).map((_, index) => encodeItem(keyAt(start + index + 1)));
      await keepKeyPart(RECOVERY_ID, partName(parts - 1), { keys }, this.deps);
    }
    const named = stories.length;
    await this.deps.recoveries.put(RECOVERY_ID, "keys", {
      ...{ source: "list", collected: named, keys: named, parts },
      ...{ duplicates: 0, outsideTenants: 0, onlyInEvidence: 0, untouched: 0 },
    });
  }

  async plan(round = 1): Promise<StepOutput<"SummarizePlan">> {
    const { parts = 0 } = (await this.deps.recoveries.get<{ parts: number }>(RECOVERY_ID, "keys")) ?? {};
    for (let part = 1; part <= parts; part += 1)
      await planPart({ ...STEP, round, part: String(part).padStart(5, "0") }, this.deps);
    return summarizePlan({ ...STEP, round }, this.deps);
  }

  /** The execution waits for this plan. */
  async ask(planHash: string, round = 1): Promise<void> {
    const waiting: Waiting = { for: "approval", taskToken: "token", askedAt: this.at, round, planHash };
    await this.deps.recoveries.put(RECOVERY_ID, "waiting", waiting);
  }

  /** Plans, is asked, and approves; answers the hash that the writing steps carry, and the record. */
  async approved(choices: Partial<Extract<Answer, { answer: "approve" }>> = {}): Promise<Approval> {
    const { planHash } = await this.plan();
    await this.ask(planHash);
    await answerRecovery({ recoveryId: RECOVERY_ID, answer: "approve", planHash, by: "ann", ...choices }, this.deps);
    const approval = await this.deps.recoveries.get<Approval>(RECOVERY_ID, approvalRecord(1));
    if (!approval) throw new Error("The approval was not recorded.");
    return approval;
  }

  /** All writing and verifying steps, one after the other. */
  async repair({ approvedHash }: Approval, round = 1) {
    const of = { ...STEP, round, planHash: approvedHash };
    await repairTrial(of, this.deps);
    const trial = await verifyTrial(of, this.deps);
    for (const part of await this.parts(round)) await applyPart({ ...of, part }, this.deps);
    for (const part of await this.parts(round)) await verifyPart({ ...of, part }, this.deps);
    return { trial, summary: await summarizeRepairs(of, this.deps) };
  }

  async parts(round = 1): Promise<string[]> {
    const manifest = await this.deps.artifacts.getJson<{ part: string }[]>(RECOVERY_ID, `plan/${round}/parts.json`);
    return manifest.map(({ part }) => part);
  }

  /** The live item, in the short form of the stories. */
  async live(sortKey: number): Promise<Record<string, string> | null> {
    const { Item } = await this.pocket.dynamodb.send(
      new GetItemCommand({ TableName: "orders", Key: keyAt(sortKey), ConsistentRead: true }),
    );
    if (!Item) return null;
    const { pk: _pk, sk: _sk, ...rest } = Item;
    return Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value.S ?? value.N ?? "?"]));
  }

  /** Fails every command that `isDue` picks, before it takes effect. */
  failBefore(isDue: (command: object) => boolean, error: Error): void {
    this.pocket.beforeCommand = (command) => {
      if (isDue(command)) throw error;
    };
  }

  get client(): DynamoDBClient {
    return this.pocket.dynamodb;
  }

  get at(): string {
    return new Date(this.pocket.nowMs).toISOString();
  }

  #answer(command: object): unknown {
    if (command instanceof PublishCommand) {
      if (this.publishError) throw this.publishError;
      const { Subject = "", Message = "" } = command.input;
      this.told.push({ subject: Subject, message: Message });
      return {};
    }
    if (command instanceof SendTaskSuccessCommand) {
      if (this.wakeError) throw this.wakeError;
      this.woken.push({ taskToken: command.input.taskToken ?? "", output: command.input.output ?? "" });
      return {};
    }
    if (command instanceof DescribeExecutionCommand) {
      if (this.executionStatus === undefined)
        throw Object.assign(new Error("Execution Does Not Exist"), { name: "ExecutionDoesNotExist" });
      return { status: this.executionStatus, redriveCount: this.redriveCount, stopDate: this.stopDate };
    }
    if (command instanceof InvokeCommand) {
      const name = command.input.FunctionName ?? "";
      this.invoked.push({ name, payload: JSON.parse(new TextDecoder().decode(command.input.Payload as Uint8Array)) });
      const { payload, ...rest } = this.answerOf(name);
      return { ...rest, Payload: Buffer.from(JSON.stringify(payload)) };
    }
    throw new Error(`Nobody here answers ${command.constructor.name}.`);
  }
}

export function keyAt(sortKey: number): Item {
  return { pk: { S: "TENANT#acme" }, sk: { N: String(sortKey) } };
}

export function itemAt(sortKey: number, plain: Plain): Item {
  const values = Object.entries(plain).map(([name, value]) => [
    name,
    typeof value === "number" ? { N: String(value) } : { S: value },
  ]);
  return { ...keyAt(sortKey), ...(Object.fromEntries(values) as Item) };
}

/** The canonical key of an item, as outcomes have it. */
export async function idAt(world: StepsWorld, sortKey: number): Promise<string> {
  return canonicalKey(keyAt(sortKey), (await world.recovery()).keySchema);
}

export function named(name: string, message = name): Error {
  return Object.assign(new Error(message), { name });
}

/** An item that the bug gave a wrong total. */
export const WRONG_TOTAL: Story = { before: { total: 1 }, live: { total: 9 } };
export const DELETED: Story = { before: { total: 2 }, live: null };
export const GHOST: Story = { before: null, live: { ghost: 1 } };
