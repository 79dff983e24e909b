/** What asl-validator does not look at: rules of this project, and of variables and scopes in Step Functions. */
import { literalsOf, readingsOf } from "./expressions.ts";
import {
  allStates,
  type Definition,
  isObject,
  type Json,
  type JsonObject,
  ownFields,
  type PlacedState,
} from "./states.ts";

/** The only names that a Retry may carry: what goes away by itself. */
export const TRANSIENT_ERRORS = [
  "TransientFailure",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
] as const;

/** All faults of a definition, as sentences that name the state; none for a clean one. */
export function faultsOf(definition: Definition & JsonObject): string[] {
  const states = allStates(definition);
  return [
    ...(typeof definition.TimeoutSeconds === "number" ? [] : ["The machine has no TimeoutSeconds."]),
    ...(definition.QueryLanguage === "JSONata" ? [] : ['The machine\'s QueryLanguage is not "JSONata".']),
    ...nameFaults(states),
    ...states.flatMap(({ name, state }) => fieldFaults(state).map((fault) => `${name}: ${fault}`)),
    ...variableFaults(states),
  ];
}

function nameFaults(states: readonly PlacedState[]): string[] {
  const names = states.map(({ name }) => name);
  return [
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name}: the name is used twice.`),
    ...names.filter((name) => !/^([A-Z][a-z]+)+$/.test(name)).map((name) => `${name}: the name is not PascalCase.`),
  ];
}

function fieldFaults(state: JsonObject): string[] {
  const faults: string[] = [];
  const own = ownFields(state);
  if (state.Type === "Task") {
    if (!state.Comment) faults.push("a Task without a Comment.");
    if (state.TimeoutSeconds === undefined) faults.push("a Task without TimeoutSeconds.");
    if (!Array.isArray(state.Retry)) faults.push("a Task without Retry.");
  }
  if (state.Type === "Map") faults.push(...mapFaults(state));
  for (const error of errorNames(state.Retry))
    if (!(TRANSIENT_ERRORS as readonly string[]).includes(error))
      faults.push(`retries "${error}", which is no transient error.`);
  if (state.Retry !== undefined && state.Type !== "Task") faults.push("a Retry that would do finished work again.");
  if (state.Catch !== undefined) {
    const awaits = String(state.Resource).endsWith(".waitForTaskToken");
    if (!awaits || errorNames(state.Catch).some((error) => error !== "States.Timeout"))
      faults.push("a Catch elsewhere than for States.Timeout of a task token: a caught failure can't be redriven.");
  }
  if ("HeartbeatSeconds" in state) faults.push("HeartbeatSeconds: nobody sends heartbeats.");
  if (assigned(state).some(({ value }) => literalsOf(value).includes(""))) faults.push("assigns an empty string.");
  for (const text of literalsOf(own))
    if (/^\$/.test(text) && !/^\$\{\w+\}$/.test(text))
      faults.push(`a bare reference: "${text}" is text, not an expression.`);
  for (const { bare, text } of readingsOf(own))
    for (const name of bare) faults.push(`a bare reference: "${name}" in "${text}" has no item to look into.`);
  return faults;
}

function mapFaults(state: JsonObject): string[] {
  const config = isObject(state.ItemProcessor) ? state.ItemProcessor.ProcessorConfig : undefined;
  const distributed = isObject(config) && config.Mode === "DISTRIBUTED" && config.ExecutionType === "STANDARD";
  return [
    ...(distributed ? [] : ["a Map that is not DISTRIBUTED with STANDARD children."]),
    ...(state.Label ? [] : ["a Map without a Label."]),
    ...(state.MaxConcurrency === undefined ? ["a Map without MaxConcurrency."] : []),
    ...Object.keys(state)
      .filter((field) => field.startsWith("ToleratedFailure"))
      .map((field) => `${field}: a part that failed is not tolerated.`),
  ];
}

function variableFaults(states: readonly PlacedState[]): string[] {
  const faults: string[] = [];
  const namesIn = (kind: (state: PlacedState) => boolean) =>
    new Set(states.filter(kind).flatMap(({ state }) => assigned(state).map(({ name }) => name)));
  const outer = namesIn(({ scope }) => scope.kind === "top");
  const inner = namesIn(({ scope }) => scope.kind !== "top");
  for (const placed of states) {
    const { name, state, scope } = placed;
    const mine = namesIn((other) => other.scope.owner === scope.owner && other.scope.branch === scope.branch);
    if (scope.kind !== "top")
      for (const variable of assigned(state))
        if (outer.has(variable.name)) faults.push(`${name}: an inner scope assigns the outer name $${variable.name}.`);
    for (const { variables, reserved } of readingsOf(ownFields(state))) {
      for (const variable of variables) {
        if (state.Type === "Map") faults.push(`${name}: a variable in a Map field: $${variable}.`);
        else if (!mine.has(variable)) faults.push(unreachable(placed, variable, outer, inner));
      }
      if (state.Type === "Map")
        for (const field of reserved)
          if (field !== "input" && field !== "context") faults.push(`${name}: $states.${field} in a Map field.`);
    }
  }
  return faults;
}

function unreachable({ name, scope }: PlacedState, variable: string, outer: Set<string>, inner: Set<string>): string {
  if (scope.kind === "items" && outer.has(variable))
    return `${name}: the outer variable $${variable} in a child of ${scope.owner}, which can't see it.`;
  if (scope.kind === "branch" && outer.has(variable))
    return `${name}: the outer variable $${variable} in a branch of ${scope.owner}; give it in Arguments.`;
  if (inner.has(variable)) return `${name}: $${variable} is assigned in an inner scope and read outside of it.`;
  return `${name}: $${variable} is assigned nowhere.`;
}

/** What a state assigns: in its own Assign, and in those of its choices and catchers. */
function assigned(state: JsonObject): { name: string; value: Json }[] {
  const nested = [state.Choices, state.Catch].flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : []));
  return [state, ...nested].flatMap((holder) => {
    const assign = holder.Assign;
    return isObject(assign) ? Object.entries(assign).map(([name, value]) => ({ name, value })) : [];
  });
}

function errorNames(handlers: Json | undefined): string[] {
  if (!Array.isArray(handlers)) return [];
  return handlers.filter(isObject).flatMap((handler) => (handler.ErrorEquals ?? []) as string[]);
}
