/** A deployed pocket AWS on which many runs are played one after the other, each on a tenant of its own. */
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { StackSource } from "../../local/cloudformation/deploy.ts";
import { quietConditions } from "../../local/conditions.ts";
import { StoryClock } from "../../local/story-clock.ts";
import { reconfigure } from "../scenarios/support/operator.ts";
import { type DeployedPocketAws, ORDERS_TABLE, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { Chance } from "./chance.ts";
import { Foreigners } from "./foreigners.ts";
import { Story } from "./story.ts";

export class ChaosStage {
  readonly stage: DeployedPocketAws;
  readonly stranger: DynamoDBClient;
  readonly application: DynamoDBClient;
  readonly badSince: string;
  readonly incidentEnd: string;
  readonly foreigners: Foreigners;
  readonly #stories: ReadonlyMap<number, Story>;

  private constructor(
    stage: DeployedPocketAws,
    stories: ReadonlyMap<number, Story>,
    times: { readonly badSince: string; readonly incidentEnd: string },
    foreigners: Foreigners,
  ) {
    this.stage = stage;
    this.#stories = stories;
    this.badSince = times.badSince;
    this.incidentEnd = times.incidentEnd;
    this.foreigners = foreigners;
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
      const foreigners = await Foreigners.settle(stage);
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
      return new ChaosStage(stage, stories, { badSince, incidentEnd }, foreigners);
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
    this.foreigners.close();
    await this.stage.close();
  }
}

function calm(): ReturnType<typeof quietConditions> {
  return quietConditions({ waitScale: 0.002, restoreMs: 5, exportMs: 5 });
}
