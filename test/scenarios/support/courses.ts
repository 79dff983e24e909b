/** Courses of single items through an incident of hours ago: what was written when, and what must be there in the end. */
import { DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { itemEquals } from "../../../functions/items/equality.ts";
import { StoryClock } from "../../../local/story-clock.ts";
import {
  type DeployedPocketAws,
  type Item,
  ORDERS_TABLE,
  startDeployedPocketAws,
} from "../../support/deployed-pocket-aws.ts";
import { reconfigure } from "./operator.ts";

/** `null` deletes. */
export type Written = Item | null;

/** One item: its writes by time (milliseconds from the first bad second), and what must be left in the end. */
export interface Course {
  readonly name: string;
  readonly writes: readonly (readonly [atMs: number, written: Written])[];
  readonly expected: Written;
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
/** Well before the incident, and before the quarter of an hour that an export of a short one looks at. */
export const BEFORE = -40 * MINUTE;

export interface PlayedCourses {
  readonly badSince: string;
  readonly incidentEnd: string;
  /** What is wrong in the table now: names of courses. */
  wrong(): Promise<string[]>;
}

/** A stage whose clock is hours behind. */
export async function startPastStage(
  hoursAgo: number,
  conditions: Parameters<typeof startDeployedPocketAws>[0] = {},
): Promise<{ readonly stage: DeployedPocketAws; readonly clock: StoryClock }> {
  const clock = StoryClock.hoursAgo(hoursAgo);
  const stage = await startDeployedPocketAws({ ...conditions, now: clock.now });
  await reconfigure(stage, { flagCacheSeconds: 0.2 });
  return { stage, clock };
}

/** Plays all courses at once, in the order of their times; in the end it is the present. */
export async function playCourses(
  { stage, clock }: { readonly stage: DeployedPocketAws; readonly clock: StoryClock },
  tenant: string,
  courses: readonly Course[],
  incidentMs: number,
): Promise<PlayedCourses> {
  clock.passSeconds(-BEFORE / SECOND + 30);
  clock.toNextSecond();
  const badSinceMs = Math.ceil(clock.now() / SECOND) * SECOND + 45 * MINUTE;
  const writes = courses
    .flatMap(({ name, writes: own }) => own.map(([at, written]) => ({ name, at: badSinceMs + at, written })))
    .sort((a, b) => a.at - b.at);
  for (const { name, at, written } of writes) {
    // Writes of the same moment take some milliseconds of it.
    if (at > clock.now()) clock.to(new Date(at).toISOString());
    await write(stage, tenant, name, written);
  }
  const incidentEndMs = badSinceMs + incidentMs - SECOND;
  clock.toPresent();
  return {
    badSince: iso(badSinceMs),
    incidentEnd: iso(incidentEndMs),
    async wrong() {
      const content = await stage.tableContent();
      const live = (name: string) => content.get(`${partitionOf(tenant)}/${name}`);
      return courses.flatMap(({ name, expected }) => (isAs(live(name), expected) ? [] : [name]));
    },
  };
}

export const partitionOf = (tenant: string): string => `TENANT#${tenant}`;

async function write(stage: DeployedPocketAws, tenant: string, name: string, written: Written): Promise<void> {
  const key = { pk: { S: partitionOf(tenant) }, sk: { S: name } };
  if (written === null) await stage.dynamodb.send(new DeleteItemCommand({ TableName: ORDERS_TABLE, Key: key }));
  else await stage.dynamodb.send(new PutItemCommand({ TableName: ORDERS_TABLE, Item: { ...written, ...key } }));
}

/** Key and version left out: the version is raised by whoever writes. Numbers and sets are compared as DynamoDB does. */
function isAs(live: Item | undefined, expected: Written): boolean {
  if (!live || expected === null) return live === undefined && expected === null;
  return itemEquals(live, expected, new Set(["pk", "sk", "version"]));
}

function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
