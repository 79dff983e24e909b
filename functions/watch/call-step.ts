import { InvokeCommand } from "@aws-sdk/client-lambda";
import { causeText } from "../report/ended-message.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";

/** The service lets nobody change a table's policy twice in 15 s: the machine's own Retry is not here to outlast it. */
const LIFT_TRIES = 4;
const LIFT_PAUSE_MS = 20_000;

export type Pause = (milliseconds: number) => Promise<unknown>;

/** Lifts the freeze by the step that can; answers why not, where it can't: people must hear of it in any case. */
export async function liftByStep(
  { recoveryId, table }: Recovery,
  deps: Dependencies,
  pause: Pause,
): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    const { problem } = await callStep("lift-read-only", { recoveryId, table: table.tableName }, deps);
    if (problem === undefined) return undefined;
    deps.logger.error("The freeze could not be lifted", { recoveryId, problem });
    if (!problem.startsWith("TransientFailure:") || tries === LIFT_TRIES) return problem;
    await pause(LIFT_PAUSE_MS);
  }
}

/** Calls a step's function, with the rights of that step; answers what it answered, or why it could not. */
export async function callStep(
  name: "lift-read-only" | "delete-restored-tables",
  payload: { readonly recoveryId: string; readonly table: string },
  { aws, environment }: Dependencies,
): Promise<{ readonly answer?: unknown; readonly problem?: string }> {
  try {
    const { FunctionError, Payload } = await aws.lambda.send(
      new InvokeCommand({
        FunctionName: `${environment.FUNCTION_PREFIX}-${name}`,
        Payload: new TextEncoder().encode(JSON.stringify(payload)),
      }),
    );
    const text = new TextDecoder().decode(Payload);
    return FunctionError ? { problem: causeText(text) } : { answer: JSON.parse(text || "null") as unknown };
  } catch (error) {
    return { problem: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}
