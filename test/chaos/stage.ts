/** A deployed pocket AWS on which many runs are played one after the other, each on a tenant of its own. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchWriteItemCommand,
  DynamoDBClient,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-dynamodb";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { StackSource } from "../../local/cloudformation/deploy.ts";
import { StoryClock } from "../../local/story-clock.ts";
import { FLAG_PARAMETER, type GuardedWorld, guardedWorld, reconfigure } from "../scenarios/support/operator.ts";
import { type DeployedPocketAws, ORDERS_TABLE, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { quiet } from "./run.ts";
import { Story } from "./story.ts";

/** Of people who have nothing to do with us: it must stay as it is. */
const FOREIGN_STATEMENT = {
  Sid: "NotOurs",
  Effect: "Deny",
  Principal: "*",
  Action: "dynamodb:DeleteTable",
};

export class ChaosStage {
  readonly stage: DeployedPocketAws;
  readonly stranger: DynamoDBClient;
  readonly badSince: string;
  readonly incidentEnd: string;
  /** Guards and what stands beside them, as no recovery may leave it otherwise. */
  readonly worldBefore: GuardedWorld;
  readonly #stories: Story[];

  private constructor(
    stage: DeployedPocketAws,
    stories: Story[],
    times: { readonly badSince: string; readonly incidentEnd: string },
    worldBefore: GuardedWorld,
  ) {
    this.stage = stage;
    this.#stories = stories;
    this.badSince = times.badSince;
    this.incidentEnd = times.incidentEnd;
    this.worldBefore = worldBefore;
    this.stranger = new DynamoDBClient({ ...stage.aws.clientConfig(), maxAttempts: 1 });
  }

  /** One incident of two hours ago hits as many tenants as there are runs. */
  static async start(runs: number, source?: () => Promise<StackSource>): Promise<ChaosStage> {
    const clock = StoryClock.hoursAgo(2);
    const stage = await startDeployedPocketAws({
      now: clock.now,
      conditions: quiet(),
      ...(source ? { source } : {}),
    });
    await reconfigure(stage, { flagCacheSeconds: 0.05 });
    // A recovery waits until no killed function of an earlier one can be alive; here what is killed is surely dead.
    for (const name of ["write-report", "answer-recovery"])
      await stage.aws.services.lambda.updateEnvironment(`backstitch-${name}`, { WRITER_TIMEOUT_SECONDS: "0" });
    await haveForeigners(stage);
    const stories = Array.from({ length: runs }, (_, index) => new Story(`t${index}`));
    const items = stories.flatMap((story) => story.seeded());
    for (let start = 0; start < items.length; start += 25)
      await stage.dynamodb.send(
        new BatchWriteItemCommand({
          RequestItems: { [ORDERS_TABLE]: items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } })) },
        }),
      );
    clock.passSeconds(40 * 60);
    clock.toNextSecond();
    clock.toNextSecond();
    const badSince = clock.second();
    for (const story of stories) await story.happen(stage.dynamodb);
    const incidentEnd = clock.second();
    clock.passSeconds(60);
    for (const story of stories) await story.goOn(stage.dynamodb);
    clock.toPresent();
    return new ChaosStage(stage, stories, { badSince, incidentEnd }, await guardedWorld(stage));
  }

  takeStory(): Story {
    const story = this.#stories.pop();
    if (!story) throw new RangeError("There are no more tenants: start the stage with more runs.");
    return story;
  }

  /** Ends every fault. */
  calm(): void {
    const { random, ...calm } = quiet();
    Object.assign(this.stage.aws.conditions, calm);
    this.stage.aws.intercept = undefined;
    this.stage.aws.services.lambda.faults.clear();
  }

  /** Until what still runs (a zombie, a second delivery) has ended. */
  async settle(): Promise<void> {
    for (let calm = 0; calm < 3; calm += 1) {
      await sleep(10);
      if (this.stage.aws.services.lambda.running > 0) calm = 0;
    }
  }

  async close(): Promise<void> {
    this.stranger.destroy();
    await this.stage.close();
  }
}

/** Another tenant's read-only mode, and a statement of another team in the table's policy. */
async function haveForeigners(stage: DeployedPocketAws): Promise<void> {
  const ssm = new SSMClient(stage.aws.clientConfig());
  await ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Value: "somebody-else", Overwrite: true }));
  ssm.destroy();
  const ResourceArn = `arn:aws:dynamodb:${stage.aws.region}:${stage.aws.accountId}:table/${ORDERS_TABLE}`;
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ ...FOREIGN_STATEMENT, Resource: ResourceArn }],
  });
  await stage.dynamodb.send(new PutResourcePolicyCommand({ ResourceArn, Policy }));
  await stage.dynamodb.send(new GetResourcePolicyCommand({ ResourceArn }));
}
