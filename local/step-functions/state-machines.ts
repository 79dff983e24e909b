import { randomUUID } from "node:crypto";
import { AwsError, type Caller } from "../service.ts";
import { parseDefinition } from "./definition.ts";
import type { Engine } from "./engine.ts";
import type { LoggingConfiguration, StateMachine, StateMachineRecord, TracingConfiguration } from "./state-machine.ts";

export interface StateMachineSettings {
  readonly definition?: string;
  readonly roleArn?: string;
  readonly logging?: LoggingConfiguration;
  readonly tracing?: TracingConfiguration;
}

const STATES_PRINCIPAL = "states.amazonaws.com";

/** The state machines of the account. */
export class StateMachines {
  readonly #engine: Engine;
  readonly #records = new Map<string, StateMachineRecord>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  arnOf(name: string): string {
    const { region, accountId } = this.#engine.dependencies;
    return `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
  }

  all(): readonly StateMachineRecord[] {
    return [...this.#records.values()];
  }

  find(arn: string): StateMachineRecord {
    if (!/^arn:aws[\w-]*:states:[\w-]+:\d{12}:stateMachine:[^:]+$/.test(arn)) {
      throw new AwsError("InvalidArn", `Invalid Arn: 'Invalid ARN: ${arn}'`);
    }
    const record = this.#records.get(arn);
    if (!record) throw new AwsError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
    return record;
  }

  /** Creates a state machine; the same again with the same settings is answered as if it were new. */
  create(settings: StateMachineSettings & { name: string; definition: string; roleArn: string }): StateMachine {
    const { name, definition, roleArn } = settings;
    checkName(name);
    const machine = parseDefinition(definition);
    const arn = this.arnOf(name);
    const existing = this.#records.get(arn)?.current;
    if (existing) {
      if (existing.definition === definition && existing.roleArn === roleArn) return existing;
      throw new AwsError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`);
    }
    this.#checkRole(roleArn, name);
    const now = this.#engine.clock.now();
    const current: StateMachine = {
      arn,
      name,
      creationDate: now,
      definition,
      machine,
      roleArn,
      logging: settings.logging ?? {},
      tracing: settings.tracing ?? {},
      revisionId: randomUUID(),
      updateDate: now,
    };
    this.#records.set(arn, { current, executions: new Map() });
    return current;
  }

  /** Changes a state machine; executions that began before go on with what they began with. */
  update(arn: string, settings: StateMachineSettings): StateMachine {
    const record = this.find(arn);
    const machine = settings.definition === undefined ? record.current.machine : parseDefinition(settings.definition);
    if (settings.roleArn !== undefined) this.#checkRole(settings.roleArn, record.current.name);
    record.current = {
      ...record.current,
      ...settings,
      machine,
      revisionId: randomUUID(),
      updateDate: this.#engine.clock.now(),
    };
    return record.current;
  }

  authorizePassRole(caller: Caller, roleArn: string): void {
    this.#engine.dependencies.authorizer.authorize({
      caller,
      action: "iam:PassRole",
      resource: roleArn,
      context: { "iam:PassedToService": STATES_PRINCIPAL },
    });
  }

  #checkRole(roleArn: string, name: string): void {
    try {
      this.#engine.dependencies.sessions.assumeRoleAsService(roleArn, STATES_PRINCIPAL, name.slice(0, 64));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new AwsError("AccessDeniedException", `${STATES_PRINCIPAL} cannot assume the provided role: ${reason}`);
    }
  }
}

/** Names of state machines and executions: 1 to 80 characters, none of those that AWS excludes. */
export function checkName(name: string): void {
  const isValid = name.length >= 1 && name.length <= 80 && !/[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u.test(name);
  if (!isValid) throw new AwsError("InvalidName", `Invalid Name: '${name}'`);
}
