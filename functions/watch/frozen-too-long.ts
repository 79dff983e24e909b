import { approvalRecord, decisionRecord, type Waiting } from "../answers/records.ts";
import { attemptsOf } from "../apply/outcomes.ts";
import { freezeSentence } from "../read-only/freeze-sentence.ts";
import { type ReadOnlyRecord, readOnlyRecord } from "../read-only/read-only-record.ts";
import { isFrozen } from "../report/report.ts";
import { answerCommand, liftCommand, redriveCommand, resumeCommand } from "../runtime/commands.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { notify } from "../runtime/notify.ts";
import type { Recovery, RecoveryStatus } from "../runtime/recovery.ts";
import type { Standing } from "./look-at-execution.ts";

const MINUTE_MS = 60_000;
/** Less than 15 minutes by what a sweep may come early: it is not to wait for the next one. */
const AGAIN_AFTER_MS = 14.5 * MINUTE_MS;

/** Record `paged`: when people were last told that this freeze lasts too long. */
interface Paged {
  readonly frozenSince: string;
  readonly at: string;
  readonly times: number;
}

/** Tells people that a table is frozen for too long: once that is so, and again while nothing moves. */
export async function pageIfFrozenTooLong(
  recovery: Recovery,
  standing: Standing,
  deps: Dependencies,
): Promise<boolean> {
  const { recoveryId } = recovery;
  const record = await readOnlyRecord(recoveryId, deps);
  if (!record || !isFrozen(record)) return false;
  const now = deps.now();
  const since = frozenSince(record);
  if (now.getTime() - Date.parse(since) < deps.environment.FROZEN_TOO_LONG_MINUTES * MINUTE_MS) return false;

  const last = await deps.recoveries.get<Paged>(recoveryId, "paged");
  const before = last?.frozenSince === since ? last : undefined;
  const status = await deps.recoveries.get<RecoveryStatus>(recoveryId, "status");
  const question = await openQuestion(recoveryId, status, deps);
  if (before) {
    const moves = standing.is === "running" && !question;
    const quietSince = Math.max(Date.parse(before.at), moves ? await lastProgress(recoveryId, status, deps) : 0);
    if (now.getTime() - quietSince < AGAIN_AFTER_MS) return false;
  }
  const lines = await message(recovery, { since, standing, status, question }, deps);
  await notify(deps, `Backstitch: ${recovery.table.tableName} IS FROZEN since ${since.slice(0, 16)}Z`, lines);
  const times = (before?.times ?? 0) + 1;
  await deps.recoveries.put(recoveryId, "paged", { frozenSince: since, at: now.toISOString(), times } satisfies Paged);
  return true;
}

function frozenSince({ frozenFrom, since }: ReadOnlyRecord): string {
  return frozenFrom ?? since;
}

/** What the execution waits for, if nobody has answered yet. */
async function openQuestion(
  recoveryId: string,
  status: RecoveryStatus | undefined,
  { recoveries }: Dependencies,
): Promise<Waiting | undefined> {
  if (!status?.state.startsWith("waiting")) return undefined;
  const waiting = await recoveries.get<Waiting>(recoveryId, "waiting");
  if (!waiting) return undefined;
  const { about, askedAt, round = 0 } = waiting;
  const answer = about ? decisionRecord({ about, askedAt }) : approvalRecord(round);
  return (await recoveries.get(recoveryId, answer)) ? undefined : waiting;
}

/** The last change of the status, or the last part that was begun: a long repair has one status for all of its parts. */
async function lastProgress(
  recoveryId: string,
  status: RecoveryStatus | undefined,
  deps: Dependencies,
): Promise<number> {
  let last = Date.parse(status?.updatedAt ?? "") || 0;
  for await (const { begun } of attemptsOf(recoveryId, deps))
    last = Math.max(last, Date.parse(begun.at(-1) ?? "") || 0);
  return last;
}

interface Situation {
  readonly since: string;
  readonly standing: Standing;
  readonly status: RecoveryStatus | undefined;
  readonly question: Waiting | undefined;
}

async function message(recovery: Recovery, situation: Situation, deps: Dependencies): Promise<string[]> {
  const { recoveryId, table } = recovery;
  const minutes = Math.floor((deps.now().getTime() - Date.parse(situation.since)) / MINUTE_MS);
  return [
    `Table ${table.tableName} is frozen by recovery ${recoveryId} since ${situation.since}, for ${minutes} minutes.`,
    await freezeSentence(recovery, deps),
    whereItStands(situation),
    "How many writes of the application were refused meanwhile is not known to Backstitch: look at the application's own errors.",
    ...commandsToGoOn(recovery, situation, deps),
    "Lift the freeze:",
    liftCommand(deps.environment, recovery),
    "This is told again every 15 minutes while the table is frozen and nothing moves.",
  ];
}

function whereItStands({ standing, status, question }: Situation): string {
  if (question?.about)
    return `It waits for a decision about the ${question.about} since ${question.askedAt}: nobody has answered.`;
  if (question)
    return `It waits for the approval of plan ${question.round} since ${question.askedAt}: nobody has answered.`;
  switch (standing.is) {
    case "running":
      return `It is running: "${status?.state ?? "unknown"}" since ${status?.updatedAt ?? "an unknown time"}.`;
    case "ended":
      return `Its execution ended ${standing.end.status}${standing.end.error ? ` with ${standing.end.error}` : ""}: it waits for somebody to go on with it, or to give it up.`;
    case "succeeded":
      return `Its execution is over (${status?.outcome ?? "no outcome is recorded"}): nothing will lift the freeze by itself.`;
    case "forgotten":
      return "Step Functions has forgotten its execution: nothing will lift the freeze by itself.";
  }
}

/** "Within 14 days of the completion of the execution" (API_RedriveExecution). */
function isRedrivable({ end }: Extract<Standing, { is: "ended" }>, { now }: Dependencies): boolean {
  return now().getTime() - (end.stoppedAt ?? 0) < 14 * 24 * 60 * MINUTE_MS;
}

function commandsToGoOn(recovery: Recovery, { standing, status, question }: Situation, deps: Dependencies): string[] {
  const { recoveryId } = recovery;
  const answer = (text: string, given: object) => [
    text,
    answerCommand(deps.environment, { recoveryId, ...given, by: "YOUR NAME" }),
  ];
  if (question?.about)
    return [
      ...answer("Go on all the same:", { answer: "continue" }),
      ...answer("Stop and lift the freeze:", { answer: "lift" }),
    ];
  if (question)
    return [
      ...answer("Approve exactly this plan:", { answer: "approve", planHash: question.planHash }),
      ...answer("Or reject it, which lifts the freeze:", { answer: "reject" }),
    ];
  if (standing.is === "ended" && status?.outcome === undefined && isRedrivable(standing, deps))
    return ["Go on where it failed, once the cause is mended:", redriveCommand(recovery)];
  if (standing.is === "ended" || standing.is === "forgotten")
    return ["Go on in a new execution:", resumeCommand(deps.environment, recoveryId)];
  return [];
}
