import { asStateFailure, StoppedError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import type { HistoryEventType } from "../history.ts";

/** Runs the work of a state and records its failure under this event type before it goes on up. */
export async function recordFailure<T>(frame: Frame, type: HistoryEventType, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    const failure = asStateFailure(error);
    frame.record(type);
    throw failure;
  }
}
