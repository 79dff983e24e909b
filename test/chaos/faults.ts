/** What goes wrong in one run: drawn from its seed, armed before it starts. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Intercepted } from "../../local/interception.ts";
import { LostAnswer } from "../../local/interception.ts";
import { AwsError } from "../../local/service.ts";
import type { DeployedPocketAws, Item } from "../support/deployed-pocket-aws.ts";
import { ORDERS, type Order, type Story } from "./story.ts";

/** What a fault may reach. */
export interface Reach {
  readonly stage: DeployedPocketAws;
  readonly story: Story;
  readonly recoveryId: string;
  readonly random: () => number;
  /** Writes past every guard, as a job that runs under a role nobody remembered. */
  readonly stranger: DynamoDBClient;
  /** Stops the execution and redrives it at once. */
  readonly stopAndRedrive: () => Promise<void>;
}

/** Acts around one request of a function of ours; `undefined` lets it pass. */
type Around = (call: Call, proceed: () => Promise<never>) => Promise<never> | undefined;

export interface Call extends Intercepted {
  /** Of the calling role: `backstitch-apply-part`. */
  readonly role: string;
  /** Which of its role's requests in this run; 1 = the first. */
  readonly ofRole: number;
}

export interface Fault {
  readonly name: string;
  readonly around?: Around;
}

export const WRITERS = ["backstitch-repair-trial", "backstitch-apply-part"];
/** Functions of a recovery, and about how many calls each makes: what is drawn beyond that happens to nobody. */
const CALLS: Readonly<Record<string, number>> = {
  preflight: 21,
  "activate-read-only": 42,
  "verify-read-only": 34,
  "collect-keys": 5,
  "start-export": 20,
  "check-export": 11,
  "start-restore": 19,
  "check-restore": 13,
  "collect-evidence": 17,
  "list-parts": 13,
  "plan-part": 10,
  "summarize-plan": 12,
  "await-approval": 8,
  "answer-recovery": 8,
  "read-approval": 3,
  "repair-trial": 30,
  "verify-trial": 12,
  "apply-part": 31,
  "verify-part": 12,
  "summarize-repairs": 6,
  "run-health-check": 2,
  "lift-read-only": 42,
  "delete-restored-tables": 11,
  "write-report": 24,
};
/** Where most is at stake comes up more often. */
const FUNCTIONS = [
  ...Object.keys(CALLS),
  ...["apply-part", "apply-part", "apply-part", "apply-part", "repair-trial", "repair-trial", "lift-read-only"],
];

/** A function, and one of its calls. */
function drawCall(random: () => number): { readonly role: string; readonly nth: number } {
  const name = pick(random, FUNCTIONS);
  return { role: `backstitch-${name}`, nth: 1 + integer(random, CALLS[name] ?? 1) };
}

const integer = (random: () => number, most: number) => Math.floor(random() * most);
function pick<Value>(random: () => number, values: readonly Value[]): Value {
  const value = values[integer(random, values.length)];
  if (value === undefined) throw new RangeError("Nothing to pick from.");
  return value;
}

/** A write to the protected table that changes an item. */
export function isTableWrite({ action, request }: Pick<Call, "action" | "request">): boolean {
  return /^(Put|Update|Delete)Item$/.test(action) && tableOf(request.body) === "orders";
}

export function tableOf(body: Buffer): string | undefined {
  try {
    return (JSON.parse(body.toString("utf8")) as { TableName?: string }).TableName?.split("/").at(-1);
  } catch {
    return undefined;
  }
}

/** One to four faults of a seed. */
export function drawFaults(reach: Reach): Fault[] {
  const { random } = reach;
  const kinds = [
    kill,
    kill,
    lostAnswer,
    lostAnswer,
    serverErrors,
    throttled,
    unprocessed,
    race,
    race,
    flicker,
    repeat,
    zombie,
  ];
  return Array.from({ length: 1 + integer(random, 4) }, () => pick(random, kinds)(reach));
}

/** A Lambda dies before, in the middle of or after its work. */
function kill({ stage, random }: Reach): Fault {
  const { role: functionName, nth: afterCalls } = drawCall(random);
  const moment = pick(random, ["before-start", "before-answer", "middle", "middle", "middle"] as const);
  const invocation = random() < 0.9 ? 1 : 2;
  stage.aws.services.lambda.faults.killDuring({
    functionName,
    invocation,
    moment: moment === "middle" ? { afterCalls } : moment,
  });
  return { name: `kill ${functionName} #${invocation} ${moment === "middle" ? `after ${afterCalls} calls` : moment}` };
}

/** The call takes effect and its answer never arrives; the Lambda lives on. */
function lostAnswer({ random }: Reach): Fault {
  const { role, nth } = drawCall(random);
  const times = 1 + integer(random, 3);
  return {
    name: `${times} lost answers of ${role} from call ${nth}`,
    around: (call, proceed) => {
      if (call.role !== role || call.ofRole < nth || call.ofRole >= nth + times) return undefined;
      return proceed().then(() => {
        throw new LostAnswer();
      });
    },
  };
}

/** A service answers 5xx a few times before it does anything. */
function serverErrors({ random }: Reach): Fault {
  const { role, nth } = drawCall(random);
  const times = 1 + integer(random, 6);
  return {
    name: `${times} server errors for ${role} from call ${nth}`,
    around: (call) => {
      if (call.role !== role || call.ofRole < nth || call.ofRole >= nth + times) return undefined;
      return Promise.reject(new AwsError("InternalServerError", "Internal server error", 500));
    },
  };
}

function throttled({ stage, random }: Reach): Fault {
  stage.aws.conditions.throttleRate = 0.005 + random() * 0.025;
  return { name: `throttled ${stage.aws.conditions.throttleRate.toFixed(2)}` };
}

function unprocessed({ stage }: Reach): Fault {
  stage.aws.conditions.unprocessedRate = 0.4;
  return { name: "unprocessed keys" };
}

/** Somebody whom no guard covers writes to the very items, right before our write, or right after. */
function race({ story, stranger, random }: Reach): Fault {
  const chance = 0.15 + random() * 0.5;
  return {
    name: `races ${chance.toFixed(2)}`,
    around: (call, proceed) => {
      if (!WRITERS.includes(call.role) || !isTableWrite(call) || random() > chance) return undefined;
      const order = orderOf(call.request.body);
      if (!order) return undefined;
      const isBefore = random() < 0.7;
      const strike = () => writeAsStranger(story, stranger, order, random);
      if (isBefore) return strike().then(() => proceed());
      return proceed().then(async (answer) => {
        await strike();
        return answer;
      });
    },
  };
}

/** Keys and items of our writes name the order. */
function orderOf(body: Buffer): Order | undefined {
  const { Key, Item } = JSON.parse(body.toString("utf8")) as { Key?: Item; Item?: Item };
  const name = (Key ?? Item)?.sk?.S?.replace("ORDER#", "");
  return ORDERS.find((order) => order === name);
}

async function writeAsStranger(story: Story, client: DynamoDBClient, order: Order, random: () => number) {
  const amount = { N: `${1 + integer(random, 90)}.25` };
  // An item that good code deletes after we put it back may come back with a redrive: nobody can tell it from one that
  // was never put back. A proven freeze keeps it from happening.
  const kinds = ["total", "note", "added", "memo", ...(order.startsWith("deleted") ? ["anew", "anew"] : ["remove"])];
  const kind = pick(random, kinds);
  if (kind === "remove") await story.remove(client, order);
  else if (kind === "anew") await story.createAnew(client, order);
  else if (kind === "total") await story.writeWell(client, order, { total: amount });
  else if (kind === "memo") await story.writeWell(client, order, { memo: { S: `good ${amount.N}` } });
  else await story.writeWell(client, order, { [kind]: { S: `good ${amount.N}` } });
}

/** Changes of policies take a while to arrive, and come and go until they have. */
function flicker({ stage, random }: Reach): Fault {
  const { conditions } = stage.aws;
  conditions.propagationFlicker = 0.1 + random() * 0.6;
  conditions.iamPropagationMs = integer(random, 400);
  conditions.tablePolicyPropagationMs = integer(random, 400);
  return { name: `flicker ${conditions.propagationFlicker.toFixed(2)}` };
}

/** A service delivers twice: two of the same function at work, beside or after one another. */
function repeat({ stage, random }: Reach): Fault {
  const functionName = `backstitch-${pick(random, FUNCTIONS)}`;
  const when = pick(random, ["beside", "afterwards"] as const);
  stage.aws.services.lambda.faults.repeatDuring({ functionName, when, invocation: random() < 0.9 ? 1 : 2 });
  return { name: `${functionName} runs twice, ${when}` };
}

/** The execution is stopped and redriven while a writer is at work, which goes on writing beside the new attempt. */
function zombie({ stopAndRedrive, random }: Reach): Fault {
  const nth = 3 + integer(random, 25);
  let isDone = false;
  return {
    name: `zombie at call ${nth} of apply-part`,
    around: (call, proceed) => {
      if (call.role !== "backstitch-apply-part" || call.ofRole < nth) return undefined;
      if (!isDone) {
        isDone = true;
        return stopAndRedrive().then(() => proceed());
      }
      // The old one is slow, now and then, so that both are at work at the same items.
      const pause = random() < 0.3 ? integer(random, 60) : 0;
      return pause === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, pause)).then(() => proceed());
    },
  };
}
