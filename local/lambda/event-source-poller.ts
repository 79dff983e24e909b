import { setTimeout as delay, setImmediate } from "node:timers/promises";
import type { StreamRecord } from "../dynamodb/streams/stream-record.ts";
import { firstFailed } from "./batch-answer.ts";
import type { EventSourceMappingSettings } from "./event-source-mapping-request.ts";

/** AWS retries a stream's batch with growing pauses; from 1 s to 1 min here, scaled like every wait. */
const FIRST_RETRY_SECONDS = 1;
const LONGEST_RETRY_SECONDS = 60;
/** "6 MB for each invocation", whatever the batch size says. */
const MAX_BATCH_BYTES = 6 * 1024 * 1024 - 1024;

export interface EventSourcePollerOptions {
  readonly settings: EventSourceMappingSettings;
  readonly position: number;
  /** Throws where the function's role may not read, or the stream is gone. */
  readonly read: (after: number, limit: number) => readonly StreamRecord[];
  readonly positionAfter: (record: StreamRecord) => number;
  /** Invokes the function; throws if it failed, or could not be run. */
  readonly invoke: (records: readonly StreamRecord[]) => Promise<unknown>;
  /** Seconds of AWS in milliseconds of this machine. */
  readonly waitMs: (seconds: number) => number;
  /** Told of records that are given up after the last retry. */
  readonly discarded: (records: readonly StreamRecord[], why: string) => void;
}

interface Batch {
  readonly records: readonly StreamRecord[];
  readonly failures: number;
}

/** Hands the records of one stream to one function: in order, in batches, a failed one again before any later one. */
export class EventSourcePoller {
  /** As LastProcessingResult tells it. */
  result = "No records processed";
  readonly #options: EventSourcePollerOptions;
  #position: number;
  #hasNews = false;
  #running: Promise<void> | undefined;
  #stopping: AbortController | undefined;
  #nextTry: NodeJS.Timeout | undefined;
  /** While a batch is waited for: the records that it lacks, and how the waiting ends. */
  #filling: { lacks: number; readonly full: AbortController } | undefined;

  constructor(options: EventSourcePollerOptions) {
    this.#options = options;
    this.#position = options.position;
  }

  get enabled(): boolean {
    return this.#stopping !== undefined;
  }

  /** Ends once there is nothing to be delivered; undefined: there is nothing now. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  start(): void {
    this.#stopping ??= new AbortController();
    this.wake();
  }

  /** Stops after the batch that is with the function now; what was not delivered stays in the stream. */
  stop(): void {
    clearTimeout(this.#nextTry);
    this.#stopping?.abort();
    this.#stopping = undefined;
  }

  /** There may be a new record. */
  wake(): void {
    if (!this.enabled) return;
    if (this.#filling !== undefined) {
      this.#filling.lacks -= 1;
      if (this.#filling.lacks === 0) this.#filling.full.abort();
    }
    this.#hasNews = true;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Writes that come together are delivered together, as far as a batch goes.
    await setImmediate();
    while (this.#hasNews && this.#stopping !== undefined) {
      this.#hasNews = false;
      await this.#deliverAll(this.#stopping.signal);
    }
    this.#running = undefined;
  }

  async #deliverAll(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const waiting = this.#next();
      if (waiting.length === 0) return;
      await this.#fill(waiting.length, stopped);
      if (!stopped.aborted) await this.#deliver(this.#next(), stopped);
    }
  }

  /** Gives a batch the mapping's window to fill up. */
  async #fill(found: number, stopped: AbortSignal): Promise<void> {
    const { BatchSize, MaximumBatchingWindowInSeconds: window } = this.#options.settings;
    if (window === 0 || found >= BatchSize) return;
    const full = new AbortController();
    this.#filling = { lacks: BatchSize - found, full };
    await this.#wait(window, AbortSignal.any([stopped, full.signal]));
    this.#filling = undefined;
  }

  /** The records of the next batch; none where they can't be read, which is tried again after a while. */
  #next(): readonly StreamRecord[] {
    try {
      return withinBytes(this.#options.read(this.#position, this.#options.settings.BatchSize));
    } catch (error) {
      this.result = `PROBLEM: ${error instanceof Error ? error.message : String(error)}`;
      clearTimeout(this.#nextTry);
      // Never at once, however waits are scaled: nothing is delivered in between.
      const pauseMs = Math.max(10, this.#options.waitMs(FIRST_RETRY_SECONDS));
      this.#nextTry = setTimeout(() => this.wake(), pauseMs).unref();
      return [];
    }
  }

  async #deliver(records: readonly StreamRecord[], stopped: AbortSignal): Promise<void> {
    const batches: Batch[] = records.length === 0 ? [] : [{ records, failures: 0 }];
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      const left = await this.#attempt(batch);
      if (left.length > 0) await this.#wait(retrySeconds(left[0]?.failures ?? 0), stopped);
      if (stopped.aborted) return;
      batches.unshift(...left);
    }
  }

  /** Invokes once; answers what comes again, in order. */
  async #attempt(batch: Batch): Promise<readonly Batch[]> {
    const { settings, invoke } = this.#options;
    const { records } = batch;
    try {
      const answer = await invoke(records);
      const reports = settings.FunctionResponseTypes.includes("ReportBatchItemFailures");
      const failedAt = reports ? firstFailed(answer, records) : records.length;
      this.#delivered(records.slice(0, failedAt));
      const rest = records.slice(failedAt);
      this.result = rest.length === 0 ? "OK" : "PROBLEM: Function call failed";
      if (rest.length === 0) return [];
      // What stands first now has failed once, however often those before it did.
      return this.#again(rest, failedAt > 0 ? 1 : batch.failures + 1, "reported as failed");
    } catch (error) {
      this.result = "PROBLEM: Function call failed";
      // "Splitting a batch does not count towards the retry quota."
      if (settings.BisectBatchOnFunctionError && records.length > 1) return halvesOf(batch);
      return this.#again(records, batch.failures + 1, error instanceof Error ? error.message : String(error));
    }
  }

  #again(records: readonly StreamRecord[], failures: number, why: string): readonly Batch[] {
    const most = this.#options.settings.MaximumRetryAttempts;
    if (most < 0 || failures <= most) return [{ records, failures }];
    this.#options.discarded(records, why);
    this.#delivered(records);
    return [];
  }

  #delivered(records: readonly StreamRecord[]): void {
    const last = records.at(-1);
    if (last !== undefined) this.#position = this.#options.positionAfter(last);
  }

  async #wait(seconds: number, signal: AbortSignal): Promise<void> {
    await delay(this.#options.waitMs(seconds), undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

function retrySeconds(failures: number): number {
  return Math.min(FIRST_RETRY_SECONDS * 2 ** Math.max(0, failures - 1), LONGEST_RETRY_SECONDS);
}

function halvesOf({ records, failures }: Batch): readonly Batch[] {
  const middle = Math.ceil(records.length / 2);
  return [records.slice(0, middle), records.slice(middle)].map((half) => ({ records: half, failures }));
}

/** As many of the first records as one invocation takes, one at least. */
function withinBytes(records: readonly StreamRecord[]): readonly StreamRecord[] {
  let bytes = 0;
  const fitting = records.findIndex((record) => {
    bytes += Buffer.byteLength(JSON.stringify(record)) + 1;
    return bytes > MAX_BATCH_BYTES;
  });
  return fitting < 0 ? records : records.slice(0, Math.max(1, fitting));
}
