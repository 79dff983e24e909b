import { randomUUID } from "node:crypto";
import type { Conditions } from "../conditions.ts";
import type { Streams } from "../dynamodb/streams/streams.ts";
import {
  type ApiRequest,
  type ApiResponse,
  type Authorizer,
  AwsError,
  type Caller,
  NotInPocketAwsError,
  type Service,
  type Sessions,
} from "../service.ts";
import { handleApi } from "./api.ts";
import { AsynchronousInvocations, type EventInvokeConfig } from "./asynchronous-invocations.ts";
import { DEFAULT_LIMITS, type EnvironmentLimits, EnvironmentPool } from "./environment-pool.ts";
import { environmentVariables } from "./environment-variables.ts";
import { EventSourceMappings } from "./event-source-mappings.ts";
import { ExecutionEnvironment, type InvocationAnswer } from "./execution-environment.ts";
import { Faults, type PlannedKill } from "./faults.ts";
import { type FunctionConfiguration, logGroupOf } from "./function-configuration.ts";
import {
  killed,
  limitPayload,
  MAX_EVENT_BYTES,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
  responseTooLarge,
} from "./function-errors.ts";
import { authorizeService, type Permission, resourcePolicyOf, type ServiceInvoker } from "./permissions.ts";
import type { FunctionError } from "./runtime-protocol.ts";

export interface LambdaDependencies {
  readonly accountId: string;
  readonly region: string;
  readonly conditions: Conditions;
  readonly authorizer: Authorizer;
  readonly sessions: Sessions;
  /** The gateway's URL: asked for at each start of an environment, since the gateway listens after the services are made. */
  readonly endpoint: () => string;
  /** Where a function's lines go. */
  readonly log: (group: string, stream: string, line: string) => void;
  /** Sends to the queue that a failed event goes to, as this caller; missing: there are no queues here. */
  readonly sendToQueue?: (queueArn: string, body: string, caller: Caller) => void;
  /** What event source mappings read. */
  readonly streams?: Streams;
  readonly limits?: EnvironmentLimits;
}

/** One finished invocation, for figures and for tests that look over a function's shoulder. */
export interface FinishedInvocation {
  readonly functionName: string;
  readonly requestId: string;
  readonly payload: unknown;
  readonly coldStart: boolean;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Highest of the samples of this thread's heap and external memory; 0 where the environment died. */
  readonly peakMemoryBytes: number;
  readonly functionError?: FunctionError;
}

export interface DeployedFunction {
  readonly arn: string;
  readonly configuration: FunctionConfiguration;
  readonly permissions: Permission[];
}

export type InvocationResult = { readonly payload: unknown } | { readonly functionError: FunctionError };

/** Lambda: runs the code that the template deploys in worker threads, each with the environment and the role of its function. */
export class LambdaService implements Service {
  readonly signingName = "lambda";
  readonly faults = new Faults();
  /** Streams that invoke functions; `idle()` waits until all of their records are delivered. */
  readonly eventSources: EventSourceMappings;
  readonly #deps: LambdaDependencies;
  readonly #functions = new Map<string, DeployedFunction>();
  readonly #pool: EnvironmentPool;
  readonly #listeners = new Set<(invocation: FinishedInvocation) => void>();
  readonly #events: AsynchronousInvocations;
  #running = 0;

  constructor(deps: LambdaDependencies) {
    this.#deps = deps;
    this.#events = new AsynchronousInvocations({
      conditions: deps.conditions,
      log: deps.log,
      run: (found, payload, requestId) => this.#run(found, payload, requestId),
      send: (queueArn, body, { configuration: { roleArn, name } }) => {
        const { accessKeyId } = deps.sessions.assumeRoleAsService(roleArn, "lambda.amazonaws.com", name);
        if (!deps.sendToQueue) throw new NotInPocketAwsError(`the destination ${queueArn}: there are no queues here`);
        deps.sendToQueue(queueArn, body, deps.sessions.callerOf(accessKeyId));
      },
    });
    this.eventSources = new EventSourceMappings({
      ...deps,
      streams: deps.streams,
      find: (name) => this.find(name),
      run: (found, payload, requestId) => this.#run(found, payload, requestId),
    });
    this.#pool = new EnvironmentPool((configuration) => this.#startEnvironment(configuration), {
      ...DEFAULT_LIMITS,
      ...deps.limits,
    });
  }

  /** Deploys a function; its log group is made by the template, not here. */
  createFunction(configuration: FunctionConfiguration): { readonly functionArn: string } {
    const { name } = configuration;
    if (this.#functions.has(name))
      throw new AwsError("ResourceConflictException", `Function already exist: ${name}`, 409);
    const functionArn = `arn:aws:lambda:${this.#deps.region}:${this.#deps.accountId}:function:${name}`;
    this.#functions.set(name, { arn: functionArn, configuration, permissions: [] });
    return { functionArn };
  }

  /** How often a failed event of this function is tried again, and where it goes then. */
  putEventInvokeConfig(functionNameOrArn: string, config: EventInvokeConfig): void {
    this.#events.configure(this.find(functionNameOrArn).configuration.name, config);
  }

  addPermission(functionNameOrArn: string, permission: Permission): void {
    this.find(functionNameOrArn).permissions.push(permission);
  }

  /** Changes variables of a deployed function, as an operator would; warm environments with the old ones end. */
  async updateEnvironment(functionNameOrArn: string, changes: Readonly<Record<string, string>>): Promise<void> {
    const found = this.find(functionNameOrArn);
    const configuration = {
      ...found.configuration,
      environment: { ...found.configuration.environment, ...changes },
    };
    this.#functions.set(configuration.name, { ...found, configuration });
    await this.#pool.recycle(configuration.name);
  }

  /** Calls back after every invocation; answers how to stop that. */
  onInvoke(listener: (invocation: FinishedInvocation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  find(functionNameOrArn: string): DeployedFunction {
    const name = functionNameOrArn.startsWith("arn:") ? (functionNameOrArn.split(":")[6] ?? "") : functionNameOrArn;
    const found = this.#functions.get(name);
    if (!found)
      throw new AwsError(
        "ResourceNotFoundException",
        `Function not found: arn:aws:lambda:${this.#deps.region}:${this.#deps.accountId}:function:${name}`,
        404,
      );
    return found;
  }

  /** Invocations under way, those among them that nobody waits for any more. */
  get running(): number {
    return this.#running;
  }

  functionNames(): readonly string[] {
    return [...this.#functions.keys()];
  }

  /** Invokes and waits for the answer. An abort ends the waiting only: on AWS, too, the function runs on. */
  async invoke(
    functionNameOrArn: string,
    payload: unknown,
    caller: Caller,
    signal?: AbortSignal,
  ): Promise<InvocationResult> {
    const answer = await this.invokeText(functionNameOrArn, JSON.stringify(payload) ?? "null", caller, signal);
    return "functionError" in answer
      ? { functionError: answer.functionError }
      : { payload: JSON.parse(answer.payload) as unknown };
  }

  /** `invoke` for a payload that is JSON text already. */
  async invokeText(
    functionNameOrArn: string,
    payload: string,
    caller: Caller,
    signal?: AbortSignal,
  ): Promise<{ readonly payload: string } | { readonly functionError: FunctionError }> {
    const found = this.#authorized(functionNameOrArn, caller);
    limitPayload(payload, MAX_REQUEST_BYTES);
    const running = this.faults.waitFor(found.configuration.name, this.#run(found, payload, randomUUID()));
    if (!signal) return running;
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([running, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Accepts an event and runs it later; a function that fails is tried twice more, then the event is dropped and logged. */
  invokeAsynchronously(functionNameOrArn: string, payload: string, invoker: Caller | ServiceInvoker): void {
    const found = "kind" in invoker ? this.#authorized(functionNameOrArn, invoker) : this.find(functionNameOrArn);
    if (!("kind" in invoker)) authorizeService(found.arn, found.permissions, invoker);
    limitPayload(payload, MAX_EVENT_BYTES);
    this.#events.accept(found, payload);
  }

  /** The gateway tells of every request that took effect; this is where a planned kill may strike. */
  async callTookEffect(accessKeyId: string): Promise<void> {
    await this.faults.callTookEffect(accessKeyId);
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return handleApi(this, request, this.#deps.authorizer);
  }

  async close(): Promise<void> {
    this.#events.close();
    this.eventSources.close();
    await this.#pool.close();
    await this.eventSources.idle();
  }

  #authorized(functionNameOrArn: string, caller: Caller): DeployedFunction {
    const found = this.find(functionNameOrArn);
    this.#deps.authorizer.authorize({
      caller,
      action: "lambda:InvokeFunction",
      resource: found.arn,
      resourcePolicy: resourcePolicyOf(found.arn, found.permissions),
    });
    return found;
  }

  async #run(found: DeployedFunction, payload: string, requestId: string): Promise<InvocationAnswer> {
    const again = this.faults.takeRepeat(found.configuration.name, payload);
    if (!again) return this.#runOnce(found, payload, requestId);
    again.happened = true;
    // Nobody waits for it, also when everything is being closed.
    const second = () => void this.#runOnce(found, payload, randomUUID()).catch(() => undefined);
    if (again.order.when === "beside") second();
    const answer = await this.#runOnce(found, payload, requestId);
    if (again.order.when === "afterwards") second();
    return answer;
  }

  async #runOnce(found: DeployedFunction, payload: string, requestId: string): Promise<InvocationAnswer> {
    this.#running += 1;
    try {
      return await this.#runIn(found, payload, requestId);
    } finally {
      this.#running -= 1;
    }
  }

  async #runIn(found: DeployedFunction, payload: string, requestId: string): Promise<InvocationAnswer> {
    const { configuration, arn } = found;
    const fault = this.faults.take(configuration.name, payload);
    const environment = await this.#pool.acquire(configuration);
    const { cold } = environment;
    const startedAt = Date.now();
    const request = { requestId, functionArn: arn, payload, traceId: traceId() };
    const answer = limitAnswer(await this.#runWith(environment, request, fault));
    this.#pool.release(environment);
    for (const listener of this.#listeners)
      listener({
        functionName: configuration.name,
        requestId,
        payload: JSON.parse(payload) as unknown,
        coldStart: cold,
        startedAt,
        endedAt: Date.now(),
        peakMemoryBytes: answer.peakMemoryBytes,
        ...("functionError" in answer ? { functionError: answer.functionError } : {}),
      });
    return answer;
  }

  async #runWith(
    environment: ExecutionEnvironment,
    request: Parameters<ExecutionEnvironment["invoke"]>[0],
    fault: PlannedKill | undefined,
  ): Promise<InvocationAnswer> {
    const moment = fault?.order.moment;
    const strike = async () => {
      if (fault) fault.happened = true;
      await environment.kill();
    };
    if (moment === "before-start") {
      await strike();
      return { functionError: killed(request.requestId), peakMemoryBytes: 0 };
    }
    if (typeof moment === "object") this.faults.watchCalls(environment.accessKeyId, moment.afterCalls, strike);
    const answer = await environment.invoke(request);
    this.faults.unwatch(environment.accessKeyId);
    if (moment === "before-answer") {
      await strike();
      return { functionError: killed(request.requestId), peakMemoryBytes: answer.peakMemoryBytes };
    }
    return answer;
  }

  #startEnvironment(configuration: FunctionConfiguration): ExecutionEnvironment {
    const { region, endpoint, log, sessions } = this.#deps;
    const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
    const logStream = `${day}/[$LATEST]${randomUUID().replaceAll("-", "")}`;
    const credentials = sessions.assumeRoleAsService(configuration.roleArn, "lambda.amazonaws.com", configuration.name);
    const variables = environmentVariables(configuration, { region, endpoint: endpoint(), credentials, logStream });
    const group = logGroupOf(configuration);
    return new ExecutionEnvironment(configuration, variables, (line) => log(group, logStream, line));
  }
}

function limitAnswer(answer: InvocationAnswer): InvocationAnswer {
  if ("functionError" in answer) return answer;
  const bytes = Buffer.byteLength(answer.payload);
  if (bytes <= MAX_RESPONSE_BYTES) return answer;
  return { functionError: responseTooLarge(bytes), peakMemoryBytes: answer.peakMemoryBytes };
}

/** Sampled=0: tracing code takes its usual path, and nothing is sent to a daemon that is not there. */
function traceId(): string {
  const hex = randomUUID().replaceAll("-", "");
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${hex.slice(0, 24)};Parent=${hex.slice(16)};Sampled=0`;
}
