/** A story that begins hours ago: the incident is played in moments by the story's clock, and recovered in the present. */
import type { Answer } from "../../../functions/contracts.ts";
import type { PlanSummary } from "../../../functions/plan/plan-record.ts";
import type { Report } from "../../../functions/report/build-report.ts";
import type { StoryName } from "../options.ts";
import type { Item, OrderKey } from "../orders.ts";
import type { PastWorld } from "./past-world.ts";

/** What an approver may choose; the plan's hash and the name are added by whoever answers. */
export type Approval = Omit<Extract<Answer, { answer: "approve" }>, "recoveryId" | "answer" | "planHash" | "by">;

/** One order of the table and how it begins. */
export interface Seeded {
  readonly key: OrderKey;
  readonly item: Item;
}

/** Runs one recovery to its end, shown stage by stage; answers its report. */
export type Recover = (
  name: string,
  request: object,
  approve: (plan: PlanSummary) => Approval,
) => Promise<{ readonly recoveryId: string; readonly report: Report }>;

export interface PastStory {
  readonly name: StoryName;
  readonly hoursAgo: number;
  /** The table as it is before anything happens. */
  seed(items: number, world: PastWorld): Seeded[];
  /** What happens, told by the story's clock. */
  happen(world: PastWorld): Promise<void>;
  /** Day-to-day work goes on while the table is recovered. @default false */
  readonly atWork?: boolean;
  /** One recovery, or several; the last one's report says what is left to a person. */
  recover(world: PastWorld, recover: Recover): Promise<void>;
}
