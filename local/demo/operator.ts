/** The on-call engineer: everything she does goes through AWS's own APIs, under her own role. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListMapRunsCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import type { Answer, GroupChoice } from "../../functions/contracts.ts";
import type { PlanSummary } from "../../functions/plan/plan-record.ts";
import type { Report } from "../../functions/report/build-report.ts";
import type { PocketAws } from "../pocket-aws.ts";

export interface Progress {
  readonly status: string;
  /** The state that is being worked on; undefined before the first and after the last. */
  readonly state: string | undefined;
  /** Parts of the map that runs now. */
  readonly parts?: { readonly done: number; readonly total: number };
  readonly error?: string;
}

export class Operator {
  readonly #sfn: SFNClient;
  readonly #lambda: LambdaClient;
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #machineArn: string;

  constructor(aws: PocketAws, roleArn: string, deployed: { readonly bucket: string; readonly machineArn: string }) {
    const config = aws.clientConfig(aws.asRole(roleArn));
    this.#sfn = new SFNClient(config);
    this.#lambda = new LambdaClient(config);
    this.#s3 = new S3Client(config);
    this.#bucket = deployed.bucket;
    this.#machineArn = deployed.machineArn;
  }

  async upload(name: string, lines: readonly unknown[]): Promise<string> {
    const key = `uploads/${name}`;
    const Body = lines.map((line) => JSON.stringify(line)).join("\n");
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body }));
    return key;
  }

  async start(name: string, request: unknown): Promise<string> {
    const { executionArn } = await this.#sfn.send(
      new StartExecutionCommand({ stateMachineArn: this.#machineArn, name, input: JSON.stringify(request) }),
    );
    if (!executionArn) throw new Error(`Execution ${name} was not started.`);
    return executionArn;
  }

  async progress(executionArn: string): Promise<Progress> {
    const { status = "UNKNOWN", error, cause } = await this.#sfn.send(new DescribeExecutionCommand({ executionArn }));
    const state = status === "RUNNING" ? await this.#currentState(executionArn) : undefined;
    const parts = state && MAPS.has(state) ? await this.#mapParts(executionArn) : undefined;
    return {
      status,
      state,
      ...(parts ? { parts } : {}),
      ...(error ? { error: `${error}: ${cause ?? ""}` } : {}),
    };
  }

  async plan(recoveryId: string, round = 1): Promise<PlanSummary> {
    return this.#read<PlanSummary>(`recoveries/${recoveryId}/plan/${round}/plan.json`);
  }

  async report(recoveryId: string): Promise<Report> {
    return this.#read<Report>(`recoveries/${recoveryId}/report.json`);
  }

  /** The report as people read it. */
  async reportPage(recoveryId: string): Promise<string> {
    return this.#readText(`recoveries/${recoveryId}/report.md`);
  }

  async approve(
    recoveryId: string,
    planHash: string,
    choice: { readonly groups?: GroupChoice[] | undefined; readonly accept?: "may-lose-good-writes" | undefined },
  ): Promise<void> {
    await this.#answer({ recoveryId, answer: "approve", planHash, by: "on-call", ...choice });
  }

  async #answer(answer: Answer): Promise<void> {
    const { FunctionError, Payload } = await this.#lambda.send(
      new InvokeCommand({ FunctionName: "backstitch-answer-recovery", Payload: Buffer.from(JSON.stringify(answer)) }),
    );
    if (FunctionError) throw new Error(`The answer was refused: ${Buffer.from(Payload ?? []).toString()}`);
  }

  /** The last state entered in the parent, read from the end of its history. */
  async #currentState(executionArn: string): Promise<string | undefined> {
    const { events } = await this.#sfn.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 50 }),
    );
    return events
      ?.map((event: HistoryEvent) => event.stateEnteredEventDetails?.name)
      .find((name) => name !== undefined);
  }

  async #mapParts(executionArn: string): Promise<Progress["parts"]> {
    const { mapRuns } = await this.#sfn.send(new ListMapRunsCommand({ executionArn }));
    const mapRunArn = mapRuns?.at(-1)?.mapRunArn;
    if (!mapRunArn) return undefined;
    const { itemCounts } = await this.#sfn.send(new DescribeMapRunCommand({ mapRunArn }));
    return { done: itemCounts?.succeeded ?? 0, total: itemCounts?.total ?? 0 };
  }

  async #read<Document>(key: string): Promise<Document> {
    return JSON.parse(await this.#readText(key)) as Document;
  }

  async #readText(key: string): Promise<string> {
    const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    return (await Body?.transformToString()) ?? "";
  }
}

const MAPS: ReadonlySet<string> = new Set(["CompareTables", "PlanRepairs", "ApplyRepairs", "VerifyRepairs"]);
