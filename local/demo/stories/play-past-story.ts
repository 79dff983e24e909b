import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { seededRandom } from "../../conditions.ts";
import { type PocketAws, startPocketAws } from "../../pocket-aws.ts";
import { StoryClock } from "../../story-clock.ts";
import type { Application } from "../application.ts";
import { approveWhenAsked, RecoveryFailed, unforeseen } from "../approval.ts";
import { demoConditions } from "../conditions.ts";
import { Follower } from "../follow.ts";
import { type DemoEnd, judge } from "../judge.ts";
import { Operator } from "../operator.ts";
import type { DemoOptions } from "../options.ts";
import type { OrderKey } from "../orders.ts";
import { type Say, showStages } from "../screen.ts";
import { EXPORT_TITLES } from "../stages.ts";
import { Truth } from "../truth.ts";
import { applicationOf, makeRoles, makeTable, output, type Roles, readTable } from "../world.ts";
import type { PastStory, Recover } from "./past-story.ts";
import { PastWorld } from "./past-world.ts";

/** Plays a story of hours ago on a fresh pocket AWS, lets it be recovered, and compares the table with the truth. */
export async function playPastStory(story: PastStory, options: DemoOptions, say: Say): Promise<DemoEnd> {
  const begun = Date.now();
  const clock = StoryClock.hoursAgo(story.hoursAgo);
  const truth = new Truth();
  const aws = await startPocketAws({ conditions: demoConditions(options.seed), now: clock.now });
  let application: Application | undefined;
  try {
    say(`A local AWS listens on ${aws.endpoint}; deploying Backstitch's template into it.`);
    const deployed = await aws.deployApp();
    const roles = await makeRoles(aws);
    await makeTable(aws);
    const world = await fill(story, options, { aws, clock, truth, say, roles });
    say(`It is ${clock.second()}, ${story.hoursAgo} hours ago; the table "orders" has ${options.items} items.`);
    // Exports of a short incident look at the quarter of an hour before it as well.
    clock.passSeconds(1800);
    await story.happen(world);
    clock.toPresent();
    say("It is now.");

    const operator = new Operator(aws, roles.operatorRoleArn, {
      bucket: output(deployed, "RecoveryBucketName"),
      machineArn: output(deployed, "StateMachineArn"),
    });
    application = story.atWork ? atWork(aws, roles, truth, world.keys, options.seed) : undefined;
    const recoveryIds: string[] = [];
    const recover: Recover = async (name, request, approve) => {
      const recoveryId = `${name}-${options.seed}`;
      say(`Recovery ${recoveryId} is started: ${shown(request)}\n`);
      await runRecovery({ operator, recoveryId, request, approve, application, quiet: options.json });
      recoveryIds.push(recoveryId);
      return { recoveryId, report: await operator.report(recoveryId) };
    };
    await story.recover(world, recover);
    await application?.stop();
    const [first = "", ...more] = recoveryIds;
    return await judge({
      options,
      begun,
      recoveryIds: [first, ...more],
      operator,
      refusedWrites: application?.refusedWrites ?? 0,
      verdict: truth.judge(await readTable(aws)),
    });
  } finally {
    await application?.stop();
    await aws.close();
  }
}

async function fill(
  story: PastStory,
  options: DemoOptions,
  stage: { aws: PocketAws; clock: StoryClock; truth: Truth; say: Say; roles: Roles },
): Promise<PastWorld> {
  const { aws, clock, truth, say, roles } = stage;
  const random = seededRandom(options.seed);
  const keys: OrderKey[] = [];
  const world = new PastWorld({
    clock,
    random,
    truth,
    say,
    keys,
    dynamodb: new DynamoDBClient({ ...aws.clientConfig(aws.asRole(roles.applicationRoleArn)), maxAttempts: 10 }),
  });
  const seeded = story.seed(options.items, world);
  for (const { key, item } of seeded) {
    keys.push(key);
    truth.seeded(key, item);
  }
  await aws.services.dynamodb.seed(
    "orders",
    seeded.map(({ item }) => item),
  );
  return world;
}

/** Day-to-day work while the table is recovered. */
function atWork(aws: PocketAws, roles: Roles, truth: Truth, keys: readonly OrderKey[], seed: number): Application {
  const application = applicationOf(aws, roles.applicationRoleArn, { truth, keys, random: seededRandom(seed + 1) });
  application.start();
  return application;
}

async function runRecovery(run: {
  readonly operator: Operator;
  readonly recoveryId: string;
  readonly request: object;
  readonly approve: Parameters<Recover>[2];
  readonly application: Application | undefined;
  readonly quiet: boolean;
}): Promise<void> {
  const { operator, recoveryId, request, approve, application, quiet } = run;
  const executionArn = await operator.start(recoveryId, request);
  const follower = new Follower(operator, executionArn);
  const refused = () => (application ? `${application.refusedWrites} writes of the application refused` : "");
  await Promise.all([
    unforeseen(follower),
    approveWhenAsked(follower, operator, recoveryId, approve),
    quiet ? undefined : showStages(follower, { live: refused, done: () => undefined, titles: EXPORT_TITLES }),
  ]);
  const end = await follower.done;
  if (end.status !== "SUCCEEDED")
    throw new RecoveryFailed(`The execution ended ${end.status}: ${end.error ?? "no error"}`);
  // What the report says comes with the last state; events of the end may be on their way.
  await sleep(200);
}

/** The request as it is typed, but for long lists. */
function shown(request: object): string {
  return JSON.stringify(request, (_, value: unknown) =>
    Array.isArray(value) && value.length > 3 ? [...value.slice(0, 1), `… and ${value.length - 1} more`] : value,
  );
}
