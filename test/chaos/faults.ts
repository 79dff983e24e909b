/** What goes wrong in one run: drawn from its seed, armed before it starts. Each kind is a small thing with a name. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { DeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import type { Around } from "./call.ts";
import type { Chance } from "./chance.ts";
import { kill, loseSight, repeat, zombie } from "./faults/functions.ts";
import { deployment, meddler } from "./faults/meddlers.ts";
import { busyApplication, raceAfter, raceBefore } from "./faults/races.ts";
import { flicker, lostAnswer, serverErrors, throttled, throttledCalls, unprocessed } from "./faults/services.ts";
import type { Foreigners } from "./foreigners.ts";
import type { Story } from "./story.ts";

/** What a fault may reach. */
export interface Reach {
  readonly stage: DeployedPocketAws;
  readonly story: Story;
  readonly foreigners: Foreigners;
  /** Of this fault alone. */
  readonly chance: Chance;
  /** Writes past every guard, as a job does that runs under a role nobody remembered. */
  readonly stranger: DynamoDBClient;
  /** Writes under the role that every guard covers. */
  readonly application: DynamoDBClient;
  /** Stops the execution and redrives it at once. */
  readonly stopAndRedrive: () => Promise<void>;
}

export interface Fault {
  readonly name: string;
  readonly around?: Around;
}

/** Where most is at stake comes up more often. */
const KINDS: readonly ((reach: Reach) => Fault)[] = [
  ...[kill, kill, kill, lostAnswer, lostAnswer, lostAnswer],
  ...[raceBefore, raceBefore, raceAfter, busyApplication],
  ...[zombie, repeat, loseSight, flicker],
  ...[meddler, meddler, deployment],
  ...[serverErrors, throttled, throttledCalls, unprocessed],
];

/** One to five faults of a seed. */
export function drawFaults(chance: Chance, reach: Omit<Reach, "chance">): Fault[] {
  return Array.from({ length: chance.between(1, 5) }, (_, index) =>
    chance.pick(KINDS)({ ...reach, chance: chance.of(`fault ${index}`) }),
  );
}
