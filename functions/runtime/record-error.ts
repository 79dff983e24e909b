import type { Dependencies } from "./dependencies.ts";
import type { RecoveryStatus } from "./recovery.ts";
import { forTheMachine } from "./transient.ts";

type LastError = NonNullable<RecoveryStatus["lastError"]>;

const MAX_MESSAGE = 2000;

/**
 * Runs one part and records its error before throwing it: a failed Map shows only that a threshold was exceeded,
 * so the message for people comes from this record.
 */
export async function recordingErrors<Result>(
  step: string,
  recoveryId: string,
  deps: Dependencies,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const { name, message } = forTheMachine(error);
    try {
      await record(recoveryId, { step, name, message: message.slice(0, MAX_MESSAGE) }, deps);
    } catch (second) {
      // The first error is the one that counts; that it could not be recorded is worth a line.
      deps.logger.error("The error of a part could not be recorded", second as Error);
    }
    throw error;
  }
}

async function record(recoveryId: string, error: Omit<LastError, "at">, deps: Dependencies): Promise<void> {
  const now = deps.now();
  const status = await deps.recoveries.get<RecoveryStatus>(recoveryId, "status");
  if (hides(error, status?.lastError, now, deps)) return;
  await deps.recoveries.setStatus(recoveryId, now, { lastError: { ...error, at: now.toISOString() } });
}

/** Parts still running when another one ended the map may fail in passing: that must not hide what ended it. */
function hides(error: Omit<LastError, "at">, last: LastError | undefined, now: Date, deps: Dependencies): boolean {
  const isPassing = ({ name }: Pick<LastError, "name">) => name === "TransientFailure";
  if (!last || !isPassing(error) || isPassing(last)) return false;
  return now.getTime() - Date.parse(last.at) < deps.environment.WRITER_TIMEOUT_SECONDS * 1000;
}
