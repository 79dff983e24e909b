import type { Dependencies } from "./dependencies.ts";
import { forTheMachine } from "./transient.ts";

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
    const now = deps.now();
    try {
      await deps.recoveries.setStatus(recoveryId, now, {
        lastError: { step, name, message: message.slice(0, 2000), at: now.toISOString() },
      });
    } catch (second) {
      // The first error is the one that counts; that it could not be recorded is worth a line.
      deps.logger.error("The error of a part could not be recorded", second as Error);
    }
    throw error;
  }
}
