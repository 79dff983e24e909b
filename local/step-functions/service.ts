import { type JsonOperation, runJsonOperation } from "../protocols/json.ts";
import { type ApiRequest, type ApiResponse, AwsError, type Service } from "../service.ts";
import { executionOperations } from "./api/executions.ts";
import { mapRunOperations } from "./api/map-runs.ts";
import { stateMachineOperations } from "./api/state-machines.ts";
import { taskTokenOperations } from "./api/task-tokens.ts";
import { Engine, type StateEntered, type StepFunctionsDependencies } from "./engine.ts";
import type { Execution } from "./execution.ts";
import { Executions } from "./executions.ts";
import type { MapRun } from "./map-runs.ts";
import type { LoggingConfiguration, TracingConfiguration } from "./state-machine.ts";
import { StateMachines } from "./state-machines.ts";

export type { ExecutionStatusEvent, StateEntered, StepFunctionsDependencies } from "./engine.ts";

/** Step Functions of the pocket AWS: standard workflows in JSONata, Distributed Maps, task tokens and redrive. */
export class StepFunctionsService implements Service {
  readonly signingName = "states";
  readonly #engine: Engine;
  readonly #machines: StateMachines;
  readonly #executions: Executions;
  readonly #operations: Readonly<Record<string, JsonOperation>>;

  constructor(dependencies: StepFunctionsDependencies) {
    this.#engine = new Engine(dependencies);
    this.#machines = new StateMachines(this.#engine);
    this.#executions = new Executions(this.#engine, this.#machines);
    const authorize = (request: ApiRequest, action: string, resource: string) =>
      dependencies.authorizer.authorize({ caller: request.caller, action, resource });
    const findMapRun = (arn: string): MapRun => {
      const mapRun = this.#engine.mapRuns.get(arn);
      if (!mapRun) throw new AwsError("ResourceNotFound", `Resource Not Found: '${arn}'`);
      return mapRun;
    };
    this.#operations = {
      ...stateMachineOperations(this.#machines, authorize),
      ...executionOperations(this.#executions, this.#machines, findMapRun, authorize),
      ...mapRunOperations(this.#executions, this.#engine.mapRuns, findMapRun, authorize),
      ...taskTokenOperations(this.#engine.tokens, authorize),
    };
  }

  handle(request: ApiRequest): Promise<ApiResponse> {
    return runJsonOperation("states", this.#operations, request);
  }

  /** Creates a state machine past IAM, for whoever holds the service in process. */
  createStateMachine(input: {
    readonly name: string;
    readonly definition: string;
    readonly roleArn: string;
    readonly loggingConfiguration?: LoggingConfiguration;
    readonly tracing?: TracingConfiguration;
  }): { stateMachineArn: string } {
    const { arn } = this.#machines.create({
      name: input.name,
      definition: input.definition,
      roleArn: input.roleArn,
      ...(input.loggingConfiguration ? { logging: input.loggingConfiguration } : {}),
      ...(input.tracing ? { tracing: input.tracing } : {}),
    });
    return { stateMachineArn: arn };
  }

  /** Starts an execution past IAM. */
  startExecution(stateMachineArn: string, options: { name?: string; input?: unknown } = {}): Execution {
    return this.#executions.start(stateMachineArn, options.name, JSON.stringify(options.input ?? {}));
  }

  /** Aborts an execution past IAM. */
  stopExecution(executionArn: string, error?: string, cause?: string): void {
    this.#executions.stop(executionArn, error, cause);
  }

  /** Redrives an execution past IAM. */
  redriveExecution(executionArn: string): void {
    this.#executions.redrive(executionArn);
  }

  /** Calls the listener whenever an execution enters a state, before the state does anything; answers how to end that. */
  onStateEntered(listener: (entered: StateEntered) => void): () => void {
    this.#engine.stateListeners.add(listener);
    return () => this.#engine.stateListeners.delete(listener);
  }

  /** Stops every running execution without telling anybody, so that no timer outlives the service. */
  async close(): Promise<void> {
    this.#engine.goQuiet();
    for (const execution of this.#engine.executions.values()) {
      execution.stop("ABORTED", "PocketAwsClosed", "The pocket AWS was closed.");
    }
  }
}
