/** A deployed pocket AWS on which many runs are played one after the other, each on a tenant of its own. */
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient, PutResourcePolicyCommand } from "@aws-sdk/client-dynamodb";
import { AttachRolePolicyCommand, CreatePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { StackSource } from "../../local/cloudformation/deploy.ts";
import { quietConditions } from "../../local/conditions.ts";
import { StoryClock } from "../../local/story-clock.ts";
import {
  FLAG_PARAMETER,
  type GuardedWorld,
  guardedWorld,
  reconfigure,
  tableArn,
} from "../scenarios/support/operator.ts";
import { type DeployedPocketAws, ORDERS_TABLE, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { Chance } from "./chance.ts";
import { Story } from "./story.ts";

export class ChaosStage {
  readonly stage: DeployedPocketAws;
  readonly stranger: DynamoDBClient;
  readonly application: DynamoDBClient;
  readonly badSince: string;
  readonly incidentEnd: string;
  /** Guards and what stands beside them, as no recovery may leave it otherwise. */
  readonly worldBefore: GuardedWorld;
  readonly #stories: ReadonlyMap<number, Story>;

  private constructor(
    stage: DeployedPocketAws,
    stories: ReadonlyMap<number, Story>,
    times: { readonly badSince: string; readonly incidentEnd: string },
    worldBefore: GuardedWorld,
  ) {
    this.stage = stage;
    this.#stories = stories;
    this.badSince = times.badSince;
    this.incidentEnd = times.incidentEnd;
    this.worldBefore = worldBefore;
    this.stranger = new DynamoDBClient({ ...stage.aws.clientConfig(), maxAttempts: 1 });
    this.application = stage.asApplication();
  }

  /** One incident of two hours ago hits a tenant for each of these seeds. `source`: another app than this repository's. */
  static async start(seeds: readonly number[], source?: () => Promise<StackSource>): Promise<ChaosStage> {
    const clock = StoryClock.hoursAgo(2);
    const stage = await startDeployedPocketAws({ now: clock.now, conditions: calm(), ...(source ? { source } : {}) });
    try {
      await reconfigure(stage, { flagCacheSeconds: 0.05 });
      // A recovery waits until no killed function of an earlier one can be alive; here what is killed is surely dead.
      for (const name of ["write-report", "answer-recovery"])
        await stage.aws.services.lambda.updateEnvironment(`backstitch-${name}`, { WRITER_TIMEOUT_SECONDS: "0" });
      await haveForeigners(stage);
      const stories = new Map(seeds.map((seed) => [seed, new Story(`t${seed}`, new Chance(seed, "story"))]));
      await stage.aws.services.dynamodb.seed(
        ORDERS_TABLE,
        [...stories.values()].flatMap((story) => story.seeded()),
      );
      clock.passSeconds(40 * 60);
      clock.toNextSecond();
      clock.toNextSecond();
      const badSince = clock.second();
      for (const story of stories.values()) await story.happen(stage.dynamodb);
      const incidentEnd = clock.second();
      clock.passSeconds(60);
      for (const story of stories.values()) await story.goOn(stage.dynamodb);
      clock.toPresent();
      return new ChaosStage(stage, stories, { badSince, incidentEnd }, await guardedWorld(stage));
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  storyOf(seed: number): Story {
    const story = this.#stories.get(seed);
    if (!story) throw new RangeError(`The stage was started without seed ${seed}.`);
    return story;
  }

  /** Ends every fault. */
  calm(): void {
    const { random, ...others } = calm();
    Object.assign(this.stage.aws.conditions, others);
    this.stage.aws.intercept = undefined;
    this.stage.aws.services.lambda.faults.clear();
  }

  /** Until what still runs (a zombie, a second delivery) has ended: under the eyes of the watch. */
  async settle(): Promise<void> {
    for (let quietLooks = 0; quietLooks < 3; quietLooks += 1) {
      await sleep(5);
      if (this.stage.aws.services.lambda.running > 0) quietLooks = 0;
    }
  }

  async close(): Promise<void> {
    this.stranger.destroy();
    this.application.destroy();
    await this.stage.close();
  }
}

function calm(): ReturnType<typeof quietConditions> {
  return quietConditions({ waitScale: 0.002, restoreMs: 5, exportMs: 5 });
}

/** What is not ours beside every guard: another tenant's read-only mode, a statement, a policy of the application's role. */
async function haveForeigners(stage: DeployedPocketAws): Promise<void> {
  const [ssm, iam] = [new SSMClient(stage.aws.clientConfig()), new IAMClient(stage.aws.clientConfig())];
  await ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Value: "tenant-of-others", Overwrite: true }));
  const Resource = tableArn(stage);
  const foreign = { Effect: "Deny", Action: "dynamodb:DeleteTable", Resource };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [foreign] });
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: "of-others", PolicyDocument }));
  const RoleName = stage.applicationRoleArn.split("/").at(-1);
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: Policy?.Arn }));
  ssm.destroy();
  iam.destroy();
  const statement = { Sid: "NotOurs", Principal: "*", ...foreign };
  await stage.dynamodb.send(
    // Written by hand: with its own spaces, which have to be there still.
    new PutResourcePolicyCommand({
      ResourceArn: Resource,
      Policy: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, null, 1),
    }),
  );
}
