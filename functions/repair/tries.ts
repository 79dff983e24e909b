/** How often one write is sent within an attempt; what comes after is the affair of the step's own retries. */
export const MAX_TRIES = 6;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Milliseconds to wait before the given try: doubling, and never long, since a Lambda waits meanwhile. */
export function pauseBefore(tries: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (tries - 2), LONGEST_PAUSE_MS);
}

/**
 * Thrown when a write, or the read that must follow a lost answer, was not answered in several tries; `cause` is the last error. Transient: the attempt ends without
 * an outcome for the item, and the next attempt reads the item first.
 */
export class WriteUnansweredError extends Error {
  constructor(action: string, table: string, options: { cause: unknown }) {
    super(
      `DynamoDB did not answer the ${action} of one item of table ${table} in ${MAX_TRIES} tries; redrive the execution.`,
      options,
    );
    this.name = "WriteUnanswered";
  }
}
