import { checkFlow } from "./check-flow.ts";
import { checkVariables } from "./check-variables.ts";
import { Fields, invalidDefinition } from "./fields.ts";
import { ChoiceState } from "./states/choice.ts";
import { FailState } from "./states/fail.ts";
import { parseMap } from "./states/map.ts";
import { ParallelState } from "./states/parallel.ts";
import { PassState } from "./states/pass.ts";
import type { State } from "./states/state.ts";
import { SucceedState } from "./states/succeed.ts";
import { TaskState } from "./states/task.ts";
import { WaitState } from "./states/wait.ts";

/** "Maximum state machine definition size: 1 MB." */
const MAX_DEFINITION_BYTES = 1_048_576;
/** "State names must be unique within the whole state machine and at most 80 characters long." */
const MAX_STATE_NAME = 80;

/** States that run one after the other: a machine's, a branch's or an item processor's. */
export interface Flow {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export interface Machine extends Flow {
  readonly timeoutSeconds: number | undefined;
}

/** Parses one flow inside a state; `where` says which in messages. */
export type ParseFlow = (fields: Fields) => Flow;

const STATE_TYPES: Readonly<Record<string, (name: string, fields: Fields, parseFlow: ParseFlow) => State>> = {
  Task: (name, fields) => new TaskState(name, fields),
  Choice: (name, fields) => new ChoiceState(name, fields),
  Wait: (name, fields) => new WaitState(name, fields),
  Pass: (name, fields) => new PassState(name, fields),
  Succeed: (name, fields) => new SucceedState(name, fields),
  Fail: (name, fields) => new FailState(name, fields),
  Parallel: (name, fields, parseFlow) => new ParallelState(name, fields, parseFlow),
  Map: parseMap,
};

/** Compiles a definition, refusing whatever this interpreter would not run exactly as AWS does. */
export function parseDefinition(text: string): Machine {
  if (Buffer.byteLength(text) > MAX_DEFINITION_BYTES) throw invalidDefinition("the definition is over 1 MB");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw invalidDefinition(`the definition is not JSON: ${(error as Error).message}`);
  }
  const fields = new Fields(parsed, "State machine");
  if (fields.string("QueryLanguage") !== "JSONata") {
    throw fields.wrong("QueryLanguage", "must be 'JSONata'; this interpreter does not run JSONPath");
  }
  const version = fields.string("Version");
  if (version !== undefined && version !== "1.0") throw fields.wrong("Version", "must be '1.0'");
  const timeoutSeconds = fields.number("TimeoutSeconds", { min: 1, integer: true });
  const machine = { ...new FlowParser().parse(fields), timeoutSeconds };
  fields.finish();
  checkVariables(machine);
  return machine;
}

/** Keeps what must be unique in the whole definition while its flows are parsed. */
class FlowParser {
  readonly #names = new Set<string>();
  readonly #labels = new Set<string>();

  readonly parse: ParseFlow = (fields) => {
    const startAt = fields.requiredString("StartAt");
    const declared = fields.raw("States");
    if (typeof declared !== "object" || declared === null || Array.isArray(declared)) {
      throw fields.wrong("States", "must be an object of states");
    }
    const states = new Map<string, State>();
    for (const [name, value] of Object.entries(declared)) states.set(name, this.#state(name, value));
    const flow = { startAt, states };
    checkFlow(flow, fields);
    return flow;
  };

  #state(name: string, value: unknown): State {
    if (name.length > MAX_STATE_NAME) throw invalidDefinition(`the state name '${name}' is over 80 characters`);
    if (this.#names.has(name)) throw invalidDefinition(`the state name '${name}' is used twice`);
    this.#names.add(name);
    const fields = new Fields(value, `State '${name}'`);
    const type = fields.requiredString("Type");
    const create = Object.hasOwn(STATE_TYPES, type) ? STATE_TYPES[type] : undefined;
    if (!create) throw fields.wrong("Type", `cannot be '${type}'`);
    if ((fields.string("QueryLanguage") ?? "JSONata") !== "JSONata") {
      throw fields.wrong("QueryLanguage", "must be 'JSONata'; this interpreter does not run JSONPath");
    }
    const state = create(name, fields, this.parse);
    fields.finish();
    if (state.label !== undefined) {
      if (this.#labels.has(state.label)) throw fields.wrong("Label", `'${state.label}' is used twice`);
      this.#labels.add(state.label);
    }
    return state;
  }
}
