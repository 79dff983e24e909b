import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { transformSync } from "esbuild";
import type { FunctionConfiguration } from "./function-configuration.ts";
import { exited, killed, timedOut } from "./function-errors.ts";
import type { FunctionError, InvocationRequest, RuntimeMessage, RuntimeSettings } from "./runtime-protocol.ts";

/** Answer of one invocation: JSON text, or how it failed. */
export type InvocationAnswer = ({ readonly payload: string } | { readonly functionError: FunctionError }) & {
  readonly peakMemoryBytes: number;
};

/** Node could strip the types itself, but would load its parser anew in every thread: half of a thread's start. */
const RUNTIME = new URL(
  `data:text/javascript,${encodeURIComponent(
    transformSync(readFileSync(new URL("./runtime.ts", import.meta.url), "utf8"), { loader: "ts", format: "esm" }).code,
  )}`,
);

interface Running {
  readonly request: Omit<InvocationRequest, "deadlineMs">;
  readonly answer: (answer: InvocationAnswer) => void;
  timer?: NodeJS.Timeout;
}

/** One sandbox of one function: a worker thread with its own `process.env`, one invocation at a time, kept while it is sound. */
export class ExecutionEnvironment {
  readonly configuration: FunctionConfiguration;
  /** Tells the gateway's requests of this environment from all others. */
  readonly accessKeyId: string;
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  #running: Running | undefined;
  #loadError: FunctionError | undefined;
  #alive = true;
  #invocations = 0;

  constructor(
    configuration: FunctionConfiguration,
    environment: Record<string, string>,
    onLine: (line: string) => void,
  ) {
    this.configuration = configuration;
    this.accessKeyId = environment.AWS_ACCESS_KEY_ID ?? "";
    this.#worker = new Worker(RUNTIME, {
      env: environment,
      // Nothing of how this process was started (loaders, flags) may reach the function.
      execArgv: [],
      stdout: true,
      stderr: true,
      workerData: {
        taskRoot: configuration.codeDirectory,
        handler: configuration.handler,
        ...(configuration.codeCacheFile ? { codeCacheFile: configuration.codeCacheFile } : {}),
      } satisfies RuntimeSettings,
      resourceLimits: { maxOldGenerationSizeMb: configuration.memoryMb },
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr])
      createInterface({ input: stream }).on("line", onLine);
    this.#ready = new Promise((resolve) => {
      this.#worker.on("message", (message: RuntimeMessage) => {
        if (message.kind === "ready") resolve();
        else if (message.kind === "load-failed") {
          this.#loadError = message.error;
          resolve();
        } else this.#onAnswer(message);
      });
      this.#worker.on("error", (error: NodeJS.ErrnoException) => {
        this.#onDeath((requestId) =>
          error.code === "ERR_WORKER_OUT_OF_MEMORY"
            ? killed(requestId)
            : { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") },
        );
        resolve();
      });
      this.#worker.on("exit", (code) => {
        this.#onDeath((requestId) => exited(requestId, `exit status ${code}`));
        resolve();
      });
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  get cold(): boolean {
    return this.#invocations === 0;
  }

  /** Runs one invocation to its answer; a time-out, a crash or a kill is an answer too, and ends the environment. */
  async invoke(request: Omit<InvocationRequest, "deadlineMs">): Promise<InvocationAnswer> {
    return new Promise((answer) => {
      const running: Running = { request, answer };
      this.#running = running;
      void this.#ready.then(() => this.#begin(running));
    });
  }

  /** Ends the thread wherever it is; a running invocation is answered as killed. Resolves when no more of its code runs. */
  async kill(): Promise<void> {
    this.#onDeath(killed);
    await this.#worker.terminate();
  }

  #begin(running: Running): void {
    if (this.#running !== running) return;
    if (this.#loadError) {
      const error = this.#loadError;
      this.#onDeath(() => error);
      void this.#worker.terminate();
      return;
    }
    this.#invocations += 1;
    // The time-out starts here: on AWS, too, the init phase does not count towards it.
    const { timeoutSeconds } = this.configuration;
    running.timer = setTimeout(() => {
      this.#onDeath((requestId) => timedOut(requestId, timeoutSeconds));
      void this.#worker.terminate();
    }, timeoutSeconds * 1000);
    this.#worker.postMessage({
      ...running.request,
      deadlineMs: Date.now() + timeoutSeconds * 1000,
    } satisfies InvocationRequest);
  }

  #onAnswer(message: Extract<RuntimeMessage, { requestId: string }>): void {
    if (this.#running?.request.requestId !== message.requestId) return;
    if (message.kind === "result") this.#settle({ payload: message.payload, peakMemoryBytes: message.peakMemoryBytes });
    else {
      if (message.exits) {
        this.#alive = false;
        void this.#worker.terminate();
      }
      this.#settle({ functionError: message.error, peakMemoryBytes: message.peakMemoryBytes });
    }
  }

  #onDeath(error: (requestId: string) => FunctionError): void {
    this.#alive = false;
    if (this.#running) this.#settle({ functionError: error(this.#running.request.requestId), peakMemoryBytes: 0 });
  }

  #settle(answer: InvocationAnswer): void {
    const running = this.#running;
    this.#running = undefined;
    clearTimeout(running?.timer);
    running?.answer(answer);
  }
}
