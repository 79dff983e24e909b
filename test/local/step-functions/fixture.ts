/** A state machine service with everything around it replaced: functions are handlers, objects a map, time a variable. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Conditions, quietConditions } from "../../../local/conditions.ts";
import { type AuthorizationRequest, AwsError, type Caller } from "../../../local/service.ts";
import type { Clock } from "../../../local/step-functions/clock.ts";
import type { FunctionError } from "../../../local/step-functions/engine.ts";
import type { Execution } from "../../../local/step-functions/execution.ts";
import { type ExecutionStatusEvent, StepFunctionsService } from "../../../local/step-functions/service.ts";

export const ACCOUNT = "111122223333";
export const REGION = "eu-west-1";
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/machine`;
export const functionArn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;

export type Handler = (payload: never, call: number) => unknown;

/** What a handler throws to fail as a Lambda function fails. */
export class HandlerError extends Error {
  constructor(name: string, message = "") {
    super(message);
    this.name = name;
  }
}

/** Time that stands still until `drive` moves it to the next thing that somebody waits for. */
export class ManualClock implements Clock {
  time = Date.parse("2026-11-20T03:00:00Z");
  /** Every sleep that was asked for, in milliseconds. */
  readonly sleeps: number[] = [];
  readonly #waiting = new Set<{ readonly at: number; readonly wake: () => void }>();

  now = (): number => this.time;

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.sleeps.push(milliseconds);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const sleeper = { at: this.time + milliseconds, wake: resolve };
      this.#waiting.add(sleeper);
      signal.addEventListener("abort", () => {
        this.#waiting.delete(sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 8; turn += 1) await nextTurn();
  }

  /** Lets so much time pass. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.time + milliseconds;
    for (;;) {
      await this.settle();
      const [next] = [...this.#waiting].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#waiting.delete(next);
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
    this.time = until;
  }

  /** Moves time from one sleeper to the next until the promise has settled. */
  async drive(promise: Promise<unknown>): Promise<void> {
    let done = false;
    const finish = () => {
      done = true;
    };
    promise.then(finish, finish);
    for (;;) {
      await this.settle();
      if (done) return;
      const [next] = [...this.#waiting].sort((a, b) => a.at - b.at);
      if (!next) {
        await nextTurn();
        continue;
      }
      this.#waiting.delete(next);
      this.time = Math.max(this.time, next.at);
      next.wake();
    }
  }
}

export const ROOT: Caller = {
  accountId: ACCOUNT,
  kind: "root",
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  principalArn: `arn:aws:iam::${ACCOUNT}:root`,
  accessKeyId: "AKIAROOT",
};

export interface FixtureOptions {
  readonly functions?: Readonly<Record<string, Handler>>;
  readonly objects?: Readonly<Record<string, unknown>>;
  readonly conditions?: Partial<Conditions>;
  /** `action resource` pairs that are refused; the resource may be left out. */
  readonly denied?: readonly string[];
}

export class Fixture {
  readonly clock = new ManualClock();
  readonly functions: Record<string, Handler>;
  readonly objects: Record<string, unknown>;
  readonly events: ExecutionStatusEvent[] = [];
  readonly logLines: { group: string; line: Record<string, unknown> }[] = [];
  /** Every call of a function: its name, payload and caller. */
  readonly calls: { name: string; payload: unknown; caller: Caller }[] = [];
  readonly authorized: AuthorizationRequest[] = [];
  readonly denied: Set<string>;
  readonly service: StepFunctionsService;
  readonly conditions: Conditions;
  #machines = 0;

  constructor(options: FixtureOptions = {}) {
    this.functions = { ...options.functions };
    this.objects = { ...options.objects };
    this.denied = new Set(options.denied);
    this.conditions = quietConditions({ waitScale: 1, ...options.conditions });
    this.service = new StepFunctionsService({
      accountId: ACCOUNT,
      region: REGION,
      conditions: this.conditions,
      clock: this.clock,
      authorizer: {
        authorize: (request) => {
          this.authorized.push(request);
          if (this.denied.has(request.action) || this.denied.has(`${request.action} ${request.resource}`)) {
            const who = request.caller.arn;
            throw new AwsError("AccessDeniedException", `User: ${who} is not authorized to perform: ${request.action}`);
          }
        },
      },
      sessions: {
        assumeRoleAsService: (roleArn, _service, sessionName) => {
          if (roleArn !== ROLE) throw new AwsError("AccessDenied", `No role ${roleArn}`);
          return { accessKeyId: `ASIA${sessionName}`, secretAccessKey: "secret", sessionToken: "token" };
        },
        callerOf: (accessKeyId) => {
          if (accessKeyId === ROOT.accessKeyId) return ROOT;
          const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/machine/${accessKeyId.slice(4)}`;
          return { accountId: ACCOUNT, kind: "role", arn, principalArn: ROLE, accessKeyId };
        },
      },
      invokeFunction: (arn, payload, caller) => this.#invoke(arn, payload, caller),
      readObject: async (bucket, key) => {
        const value = this.objects[`${bucket}/${key}`];
        if (value === undefined) throw new AwsError("NoSuchKey", "The specified key does not exist.", 404);
        return Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
      },
      emitEvent: (event) => this.events.push(event),
      log: (group, line) => this.logLines.push({ group, line }),
    });
  }

  create(definition: object, settings: object = {}): string {
    const text = JSON.stringify({ QueryLanguage: "JSONata", ...definition });
    this.#machines += 1;
    const name = `machine-${this.#machines}`;
    return this.service.createStateMachine({ name, definition: text, roleArn: ROLE, ...settings }).stateMachineArn;
  }

  /** Gives a state machine another definition, as a deployment would. */
  async update(stateMachineArn: string, definition: object): Promise<void> {
    const text = JSON.stringify({ QueryLanguage: "JSONata", ...definition });
    await this.call("UpdateStateMachine", { stateMachineArn, definition: text });
  }

  /** Calls the API as root. */
  async call(action: string, input: object): Promise<Record<string, unknown>> {
    const response = await this.service.handle({
      method: "POST",
      path: "/",
      query: new URLSearchParams(),
      headers: { "x-amz-target": `AWSStepFunctions.${action}` },
      body: Buffer.from(JSON.stringify(input)),
      caller: ROOT,
    });
    return JSON.parse(String(response.body));
  }

  start(definition: object, input: unknown = {}): Execution {
    return this.service.startExecution(this.create(definition), { input });
  }

  /** Runs a definition to its end. */
  async run(definition: object, input: unknown = {}): Promise<Execution> {
    const execution = this.start(definition, input);
    await this.clock.drive(execution.closed);
    return execution;
  }

  async redrive(execution: Execution): Promise<Execution> {
    this.service.redriveExecution(execution.arn);
    await this.clock.drive(execution.closed);
    return execution;
  }

  async #invoke(
    arn: string,
    payload: unknown,
    caller: Caller,
  ): Promise<{ payload: unknown } | { functionError: FunctionError }> {
    const name = arn.slice(arn.lastIndexOf(":") + 1);
    const handler = this.functions[name];
    if (!handler) throw new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
    const call = this.calls.filter((one) => one.name === name).length + 1;
    this.calls.push({ name, payload, caller });
    try {
      return { payload: await handler(payload as never, call) };
    } catch (error) {
      if (error instanceof HandlerError) {
        return { functionError: { errorType: error.name, errorMessage: error.message, trace: [] } };
      }
      throw error;
    }
  }
}

export const invoke = (name: string, payload: unknown = "{% $states.input %}") => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  Arguments: { FunctionName: functionArn(name), Payload: payload },
  Output: "{% $states.result.Payload %}",
});

export const waitForToken = (name: string) => ({
  ...invoke(name, { token: "{% $states.context.Task.Token %}" }),
  Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
  Output: "{% $states.result %}",
});

export const pass = (fields: object) => ({ Type: "Pass", ...fields });

/** A machine of one state. */
export const only = (state: object) => ({ StartAt: "Only", States: { Only: { ...state, End: true } } });

export const typesOf = (execution: Execution): string[] => execution.history.events.map((event) => event.type);

export const distributed = (states: object, fields: object = {}) => ({
  Type: "Map",
  ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...states },
  ...fields,
});
