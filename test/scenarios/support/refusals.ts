/** A deployed stage on which every request is expected to be refused, and what it means to be refused. */
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeContinuousBackupsCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { expect } from "vitest";
import { type DeployedPocketAws, ORDERS_TABLE, startDeployedPocketAws } from "../../support/deployed-pocket-aws.ts";
import { message } from "./operator.ts";
import { type World, worldOf } from "./world.ts";

/** The key of the one item that there is. */
export const KEY = { pk: "TENANT#acme", sk: "ORDER#1" };

/** Fields of a request; one that is undefined is left out. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Refusal {
  readonly says: readonly string[];
  /** @default InvalidRequest */
  readonly error?: string;
  /** Of the execution. */
  readonly name?: string;
  /** @default the world before the first request */
  readonly before?: World;
}

export class RefusingStage {
  readonly stage: DeployedPocketAws;
  /** A second that the table can be restored to. */
  readonly lastGood: string;
  readonly #untouched: World;
  #executions = 0;

  private constructor(stage: DeployedPocketAws, lastGood: string, untouched: World) {
    this.stage = stage;
    this.lastGood = lastGood;
    this.#untouched = untouched;
  }

  static async start(): Promise<RefusingStage> {
    const stage = await startDeployedPocketAws();
    const Item = { pk: { S: KEY.pk }, sk: { S: KEY.sk }, total: { N: "12.50" } };
    await stage.dynamodb.send(new PutItemCommand({ TableName: ORDERS_TABLE, Item }));
    const { ContinuousBackupsDescription } = await stage.dynamodb.send(
      new DescribeContinuousBackupsCommand({ TableName: ORDERS_TABLE }),
    );
    const earliest = ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.EarliestRestorableDateTime;
    const lastGood = earliest?.toISOString() ?? "";
    while (Date.now() <= Date.parse(lastGood)) await sleep(50);
    return new RefusingStage(stage, lastGood, await worldOf(stage.aws));
  }

  close(): Promise<void> {
    return this.stage.close();
  }

  /** A request that would be carried out, but for the changes. */
  request(changes: Fields = {}): Fields {
    return { table: ORDERS_TABLE, restoreDateTime: this.lastGood, keys: [KEY], ...changes };
  }

  /** Starts it, sees it fail in Preflight for the right reason, and nothing changed once everybody has been told. */
  async expectRefused(asked: object, refusal: Refusal): Promise<void> {
    const { says, error = "InvalidRequest", before = this.#untouched } = refusal;
    const { stage } = this;
    this.#executions += 1;
    const executionName = refusal.name ?? `bad-${this.#executions}`;

    const executionArn = await stage.startRecovery(executionName, asked);
    const execution = await stage.waitForStatus(executionArn, "FAILED", "SUCCEEDED");

    expect(execution).toMatchObject({ status: "FAILED", error });
    const { errorMessage = "", ...rest } = JSON.parse(execution.cause ?? "{}") as { errorMessage?: string };
    for (const part of says) expect(errorMessage).toContain(part);
    expect(errorMessage).toContain(`Choose "New execution" to try again: the name "${executionName}" is used up`);
    expect(JSON.stringify(rest)).not.toContain("    at ");
    expect(await stage.stateNames(executionArn)).toEqual(["Preflight"]);
    // What follows a failure runs on its own: only when people were told is it over.
    await message(stage, executionArn, /did not begin/);
    expect(await worldOf(stage.aws)).toEqual(before);
  }

  /** The same in a world that the test has arranged. */
  async expectRefusedHere(asked: object, refusal: Refusal): Promise<void> {
    await this.expectRefused(asked, { ...refusal, before: await worldOf(this.stage.aws) });
  }
}

export function ago(milliseconds: number): string {
  return new Date(Date.now() - milliseconds).toISOString();
}
