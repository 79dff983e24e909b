/** The story: an application at work, a bad deploy, a rollback, a recovery, and a comparison with the truth. */
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { seededRandom } from "../conditions.ts";
import { startPocketAws } from "../pocket-aws.ts";
import type { Application } from "./application.ts";
import { approveWhenAsked, RecoveryFailed, unforeseen } from "./approval.ts";
import { chooseGroups } from "./approver.ts";
import { demoConditions } from "./conditions.ts";
import { Follower } from "./follow.ts";
import { type Incident, planIncident, runBadDeploy } from "./incident.ts";
import { type DemoEnd, judge } from "./judge.ts";
import { Operator } from "./operator.ts";
import type { DemoOptions } from "./options.ts";
import { money, type Random } from "./orders.ts";
import { deployOrdersAudit } from "./orders-audit.ts";
import { type Say, showStages } from "./screen.ts";
import { Truth } from "./truth.ts";
import { applicationOf, output, readTable, setStage } from "./world.ts";

export async function playDemo(options: DemoOptions, say: Say): Promise<DemoEnd> {
  const begun = Date.now();
  const random = seededRandom(options.seed);
  const truth = new Truth();
  const aws = await startPocketAws({ conditions: demoConditions(options.seed) });
  let application: Application | undefined;
  try {
    say(`A local AWS listens on ${aws.endpoint}; deploying Backstitch's template into it.`);
    const deployed = await aws.deployApp();
    say(`Filling the table "orders" with ${options.items} items.`);
    const stage = await setStage(aws, options.items, random, truth);
    await deployOrdersAudit(aws);
    application = applicationOf(aws, stage.applicationRoleArn, {
      truth,
      random: seededRandom(options.seed + 1),
      keys: stage.keys,
    });
    const incident = planIncident(random, stage.keys);
    // The story writes to these orders itself; to the rest of the table the application goes on all the time.
    application.keepOff([...incident.deleted, ...incident.touchedElsewhere, ...incident.touchedSame]);
    application.start();
    const times = await haveIncident(incident, application, aws, stage.applicationRoleArn, truth, random, say);

    const operator = new Operator(aws, stage.operatorRoleArn, {
      bucket: output(deployed, "RecoveryBucketName"),
      machineArn: output(deployed, "StateMachineArn"),
    });
    const recoveryId = `demo-${options.seed}`;
    const executionArn = await startRecovery(operator, recoveryId, incident, application, times);
    say(
      `Recovery ${recoveryId} is started, as from the console: badSince ${times.badSince}, incidentEnd ${times.incidentEnd}.\n`,
    );
    const follower = new Follower(operator, executionArn);
    const answering = approveWhenAsked(follower, operator, recoveryId, (plan) => ({ groups: chooseGroups(plan) }));
    await Promise.all([
      unforeseen(follower),
      options.json ? undefined : showStages(follower, factsFor(application, answering)),
      answering,
    ]);
    const end = await follower.done;
    await sleep(1000);
    await application.stop();
    if (end.status !== "SUCCEEDED")
      throw new RecoveryFailed(`The execution ended ${end.status}: ${end.error ?? "no error"}`);
    return await judge({
      options,
      begun,
      recoveryIds: [recoveryId],
      operator,
      refusedWrites: application.refusedWrites,
      verdict: truth.judge(await readTable(aws)),
    });
  } finally {
    await application?.stop();
    await aws.close();
  }
}

interface IncidentTimes {
  readonly badSince: string;
  readonly incidentEnd: string;
}

async function haveIncident(
  incident: Incident,
  application: Application,
  aws: Awaited<ReturnType<typeof startPocketAws>>,
  roleArn: string,
  truth: Truth,
  random: Random,
  say: Say,
): Promise<IncidentTimes> {
  say("The application is at work.");
  await sleep(1200);
  // A new order of these tenants would look exactly like a ghost of the bug, so the deploy begins with a pause of new ones.
  application.pauseNewOrders(incident.tenants);
  await sleep(1100);
  await nextSecond();
  const badSince = wholeSecond();
  const dynamodb = new DynamoDBClient({ ...aws.clientConfig(aws.asRole(roleArn)), maxAttempts: 6 });
  say(
    `A bad deploy: ${incident.updated.length} orders get wrong totals and lose their currency, ${incident.deleted.length} vanish, ${incident.created.length} ghosts appear, in ${incident.tenants.length} tenants.`,
  );
  await runBadDeploy(incident, { dynamodb, truth, random, application });
  const incidentEnd = wholeSecond();
  await nextSecond();
  say("It is rolled back. Good writes go on, also to damaged orders.");
  application.resumeNewOrders();
  for (const key of incident.touchedElsewhere)
    await insist(() => application.write(key, { note: { S: "customer called" } }));
  for (const key of incident.touchedSame) await insist(() => application.write(key, { total: { N: money(random) } }));
  await sleep(800);
  return { badSince, incidentEnd };
}

/** A write of the story must happen, also where a throttle or a busy order gets into its way. */
async function insist(write: () => Promise<boolean>): Promise<void> {
  while (!(await write())) await sleep(20);
}

function wholeSecond(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

async function nextSecond(): Promise<void> {
  await sleep(1000 - (Date.now() % 1000) + 5);
}

async function startRecovery(
  operator: Operator,
  recoveryId: string,
  incident: Incident,
  application: Application,
  times: IncidentTimes,
): Promise<string> {
  // The application's change log since the first bad second names every key that anybody wrote: good and bad alike.
  const since = application.changeLog.filter(({ at }) => Date.parse(at) >= Date.parse(times.badSince));
  const key = await operator.upload(`${recoveryId}.jsonl`, since);
  return operator.start(recoveryId, {
    table: "orders",
    ...times,
    keysFrom: { s3: { key } },
    tenants: incident.tenants,
    reason: "bad deploy 4711: totals and currencies damaged",
  });
}

function factsFor(application: Application, answering: ReturnType<typeof approveWhenAsked>) {
  let answered: string | undefined;
  answering.then(
    (answer) => {
      if (!answer) return;
      const { plan, choice } = answer;
      answered = `${choice.groups?.length ?? 0} of ${plan.counts.groups.length} groups chosen by on-call`;
    },
    () => undefined,
  );
  return {
    live: () => (application.refusedWrites ? `${application.refusedWrites} writes of the application refused` : ""),
    done: (stage: number) => (stage === 4 ? answered : undefined),
  };
}
