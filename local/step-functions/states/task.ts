import { abortable } from "../clock.ts";
import { asStateFailure, HEARTBEAT_TIMEOUT, StateFailure, StoppedError, TIMEOUT } from "../errors.ts";
import { type Fields, wholeNumber } from "../fields.ts";
import type { Frame } from "../frame.ts";
import { type Json, withinDataLimit } from "../json.ts";
import type { Template } from "../jsonata-expressions.ts";
import { checkInvokeArguments, invokeLambda, type LambdaResource, parseLambdaResource } from "../lambda-task.ts";
import { type Catcher, parseCatch, parseRetry, type Retrier, withRetryAndCatch } from "../retry.ts";
import type { TaskWait } from "../task-tokens.ts";
import { numberOf } from "./map-fields.ts";
import { parseNext, State, type Transition } from "./state.ts";

/** Invokes a Lambda function and goes on with its answer, or with what comes in by the task's token. */
export class TaskState extends State {
  override readonly type = "Task";
  override readonly resumable = true;
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
  readonly #resource: LambdaResource;
  readonly #arguments: Template | undefined;
  readonly #timeoutSeconds: Template | undefined;
  readonly #heartbeatSeconds: Template | undefined;
  readonly #next: string | undefined;

  constructor(name: string, fields: Fields) {
    super(name, fields, { output: true, assign: true });
    this.#next = parseNext(fields);
    this.#resource = parseLambdaResource(fields);
    checkInvokeArguments(this.#resource, fields);
    this.#arguments = fields.template("Arguments");
    this.#timeoutSeconds = fields.template("TimeoutSeconds", wholeNumber(1));
    this.#heartbeatSeconds = fields.template("HeartbeatSeconds", wholeNumber(1));
    if (this.#heartbeatSeconds && !this.#resource.waitsForToken) {
      throw fields.wrong("HeartbeatSeconds", "has no effect on a Task that does not wait for a task token");
    }
    const [timeout, heartbeat] = [this.#timeoutSeconds?.constant, this.#heartbeatSeconds?.constant];
    if (typeof timeout === "number" && typeof heartbeat === "number" && heartbeat >= timeout) {
      throw fields.wrong("HeartbeatSeconds", "must be smaller than 'TimeoutSeconds'");
    }
    this.retriers = parseRetry(fields);
    this.catchers = parseCatch(fields);
  }

  override run(frame: Frame): Promise<Transition> {
    return withRetryAndCatch(this, frame, async () => {
      const wait = this.#resource.waitsForToken
        ? frame.execution.engine.tokens.open(frame.execution.stateMachineArn)
        : undefined;
      try {
        const token = wait?.token;
        const timeoutSeconds = await numberOf(frame, "TimeoutSeconds", this.#timeoutSeconds, { min: 1 });
        const heartbeatSeconds = await numberOf(frame, "HeartbeatSeconds", this.#heartbeatSeconds, { min: 1 });
        const parameters = this.#arguments ? await frame.evaluate(this.#arguments, { token }) : frame.input;
        withinDataLimit(parameters, this.name, "Arguments");
        const result = await this.#perform(frame, parameters, { wait, timeoutSeconds, heartbeatSeconds });
        return await this.complete(frame, this.#next, result, { result, token });
      } finally {
        wait?.close();
      }
    });
  }

  async #perform(
    frame: Frame,
    parameters: Json,
    options: {
      readonly wait: TaskWait | undefined;
      readonly timeoutSeconds: number | undefined;
      readonly heartbeatSeconds: number | undefined;
    },
  ): Promise<Json> {
    const { events } = this.#resource;
    const limits = {
      ...(options.timeoutSeconds === undefined ? {} : { timeoutInSeconds: options.timeoutSeconds }),
      ...(options.heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: options.heartbeatSeconds }),
    };
    frame.record(`${events.prefix}Scheduled`, events.scheduled(frame, parameters, limits));
    frame.record(`${events.prefix}Started`, events.started());
    const ended = new AbortController();
    const signal = AbortSignal.any([frame.signal, ended.signal]);
    try {
      const result = await Promise.race([
        this.#answer(frame, parameters, options.wait, signal),
        ...(options.timeoutSeconds === undefined ? [] : [timeout(frame, options.timeoutSeconds, signal)]),
        ...(options.wait && options.heartbeatSeconds !== undefined
          ? [heartbeatTimeout(frame, options.wait, options.heartbeatSeconds, signal)]
          : []),
      ]);
      withinDataLimit(result, this.name, "a result");
      frame.record(`${events.prefix}Succeeded`, events.succeeded(frame, result));
      return result;
    } catch (error) {
      if (error instanceof StoppedError) throw error;
      const failure = asStateFailure(error);
      const type = failure instanceof TaskTimeout ? "TimedOut" : "Failed";
      frame.record(`${events.prefix}${type}`, events.failed(type, failure));
      throw failure;
    } finally {
      ended.abort(new StoppedError("The task has ended."));
    }
  }

  async #answer(frame: Frame, parameters: Json, wait: TaskWait | undefined, signal: AbortSignal): Promise<Json> {
    const invoked = abortable(invokeLambda(this.#resource, frame, parameters, signal), signal);
    if (!wait) return invoked;
    // The token may be answered before the invocation returns; only the invocation's failure counts then no more.
    const submitted = invoked.then((output) => {
      if (wait.isOpen) frame.record("TaskSubmitted", this.#resource.events.submitted(frame, output));
      return abortable(wait.result, signal);
    });
    return Promise.race([submitted, abortable(wait.result, signal)]);
  }
}

/** A time-out that the interpreter found, unlike an error that happens to bear its name. */
class TaskTimeout extends StateFailure {
  constructor(error: string, reason: string) {
    super(error, reason);
    this.name = "TaskTimeout";
  }
}

// Time-outs are never scaled: they are promises about real time.
async function timeout(frame: Frame, seconds: number, signal: AbortSignal): Promise<never> {
  await frame.clock.sleep(seconds * 1000, signal);
  throw new TaskTimeout(TIMEOUT, `The state '${frame.position.stateName}' ran longer than ${seconds} seconds.`);
}

async function heartbeatTimeout(frame: Frame, wait: TaskWait, seconds: number, signal: AbortSignal): Promise<never> {
  for (;;) {
    const left = wait.lastHeartbeat + seconds * 1000 - frame.clock.now();
    if (left <= 0) break;
    await frame.clock.sleep(left, signal);
  }
  const reason = `The state '${frame.position.stateName}' sent no heartbeat for ${seconds} seconds.`;
  throw new TaskTimeout(HEARTBEAT_TIMEOUT, reason);
}
