import { InvokeCommand } from "@aws-sdk/client-lambda";
import { z } from "zod";
import type { StepInput, StepOutput } from "./contracts.ts";
import type { Dependencies } from "./runtime/dependencies.ts";
import { TransientFailure } from "./runtime/errors.ts";
import { step } from "./runtime/step.ts";
import { forTheMachine } from "./runtime/transient.ts";

const MAX_MESSAGE = 1000;
const Verdict = z.object({ healthy: z.boolean(), message: z.string().nullish() });

/** Record `health`: what the user's own check said; `checked: false` where there is none. */
export interface Health {
  readonly checked: boolean;
  readonly healthy: boolean;
  readonly message?: string;
  readonly at: string;
}

/** Asks the user's health check, where one is configured. A check that fails or answers nonsense counts as not healthy. */
export async function runHealthCheck(
  { recoveryId, table }: StepInput<"RunHealthCheck">,
  deps: Dependencies,
): Promise<StepOutput<"RunHealthCheck">> {
  const recovery = await deps.recoveries.load(recoveryId);
  const at = deps.now().toISOString();
  const functionArn = recovery.table.healthCheckFunctionArn;
  const health: Health = functionArn
    ? { checked: true, at, ...(await ask(functionArn, { recoveryId, table }, deps)) }
    : { checked: false, healthy: true, at };
  await deps.recoveries.put(recoveryId, "health", health);
  return { healthy: health.healthy };
}

async function ask(functionArn: string, payload: unknown, deps: Dependencies) {
  const answer = await invoke(functionArn, payload, deps);
  if (answer instanceof Error)
    return { healthy: false, message: `The health check can't be asked: ${answer.name}: ${answer.message}` };
  const text = answer.Payload ? new TextDecoder().decode(answer.Payload) : "";
  if (answer.FunctionError) return { healthy: false, message: `The health check failed: ${text.slice(0, 500)}` };
  const verdict = Verdict.safeParse(parse(text));
  if (!verdict.success)
    return {
      healthy: false,
      message: `The health check answered ${text.slice(0, 200)}, not { "healthy": true or false }.`,
    };
  const { healthy, message } = verdict.data;
  return { healthy, ...(message ? { message: message.slice(0, MAX_MESSAGE) } : {}) };
}

/** A check that is not there, or may not be called, is not there after a redrive either: an answer, not a failure. */
async function invoke(FunctionName: string, payload: unknown, { aws }: Dependencies) {
  const Payload = new TextEncoder().encode(JSON.stringify(payload));
  try {
    return await aws.lambda.send(new InvokeCommand({ FunctionName, Payload }));
  } catch (error) {
    if (error instanceof Error && !(forTheMachine(error) instanceof TransientFailure)) return error;
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const handler = step("RunHealthCheck", runHealthCheck);
