/** One seeded run: an incident, a recovery with faults, an operator who answers and goes on, and what must hold after it. */
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import type { Report } from "../../functions/report/build-report.ts";
import type { Item } from "../support/deployed-pocket-aws.ts";
import type { Call } from "./call.ts";
import { Chance } from "./chance.ts";
import { drawFaults } from "./faults.ts";
import { GuardsSeen } from "./guards-seen.ts";
import { Operator } from "./operator.ts";
import { drawRequest } from "./request.ts";
import type { ChaosStage } from "./stage.ts";
import { look, Watch } from "./watch.ts";

export interface RunResult {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly redrives: number;
  readonly resumes: number;
  /** Writes of ours to the protected table. */
  readonly writes: number;
  /** Orders that the report leaves to a person. */
  readonly listed: number;
  readonly seconds: number;
  /** What did not hold; empty = all did. */
  readonly broken: readonly string[];
  /** Those of them that stand in the end: in the table, the guards and the records. */
  readonly wrongInTheEnd: readonly string[];
}

export async function runSeed(chaos: ChaosStage, seed: number): Promise<RunResult> {
  const startedAt = Date.now();
  const { stage, foreigners } = chaos;
  const chance = new Chance(seed, "run");
  const story = chaos.storyOf(seed);
  const recoveryId = `chaos-${seed}`;
  const guards = new GuardsSeen(await foreigners.begin(), story.tenant);
  const watch = new Watch(stage, recoveryId, guards);
  const operator = new Operator({ stage, recoveryId, guards, watch, chance: chance.of("operator") });
  const mistakesBefore = stage.aws.faults;
  stage.aws.conditions.random = chance.of("conditions").draw;
  const { stranger, application } = chaos;
  const reach = { stage, story, foreigners, stranger, application, stopAndRedrive: () => operator.stopAndRedrive() };
  const faults = drawFaults(chance.of("faults"), reach);
  const counts = new Map<string, number>();
  stage.aws.intercept = async (intercepted, proceed) => {
    const role = /assumed-role\/(backstitch-[^/]+)\//.exec(intercepted.request.caller.arn)?.[1];
    if (role === undefined) {
      const response = await proceed();
      guards.sees(intercepted, response);
      return response;
    }
    const ofRole = (counts.get(role) ?? 0) + 1;
    counts.set(role, ofRole);
    const call: Call = { ...intercepted, role, ofRole };
    let inner = () => watch.around(call, proceed);
    for (const { around } of faults) {
      const next = inner;
      inner = () => around?.(call, next) ?? next();
    }
    return inner();
  };
  const broken: string[] = [];
  const wrongInTheEnd: string[] = [];
  let listed = 0;
  try {
    await operator.recover(drawRequest(chance.of("request"), story, chaos));
    await chaos.settle();
    chaos.calm();
    const judged = await judge(chaos, seed, recoveryId);
    listed = judged.listed;
    wrongInTheEnd.push(...judged.broken);
  } catch (error) {
    broken.push(error instanceof Error ? error.message : String(error));
  } finally {
    chaos.calm();
    await operator.end();
    if (broken.length + wrongInTheEnd.length > 0) await foreigners.restore();
  }
  if (stage.aws.faults > mistakesBefore) broken.push("the pocket AWS has a mistake of its own");
  return {
    seed,
    faults: faults.map(({ name }) => name),
    redrives: operator.redrives,
    resumes: operator.resumes,
    writes: watch.writes,
    listed,
    seconds: (Date.now() - startedAt) / 1000,
    broken: [...watch.broken, ...operator.broken, ...broken, ...wrongInTheEnd],
    wrongInTheEnd,
  };
}

/** What must hold once the recovery has ended and nothing of it runs any more. */
async function judge(chaos: ChaosStage, seed: number, recoveryId: string) {
  const { stage, foreigners } = chaos;
  const broken = await foreigners.missed();
  const state = look<ReadOnlyRecord>(stage, recoveryId, "read-only")?.state;
  if (state !== undefined && !["off", "lifted", "lifted-continue"].includes(state))
    broken.push(`the record says ${state}`);
  if (look(stage, "lock", "orders")) broken.push("the lock is held");
  const report = await stage.readReport<Report>(recoveryId);
  const story = chaos.storyOf(seed);
  const keys = [...report.repairs.left.map(({ key }) => key), ...report.repairs.created];
  const listed = new Set(keys.flatMap((key) => story.orderOf(key as Item) ?? []));
  broken.push(...story.judge(await stage.tableContent(), listed));
  return { broken, listed: listed.size };
}
