import type { Flow } from "./definition.ts";
import { type Fields, invalidDefinition } from "./fields.ts";

/** Refuses a flow that names states which do not exist, or holds states that nothing leads to. */
export function checkFlow(flow: Flow, fields: Fields): void {
  if (!flow.states.has(flow.startAt))
    throw fields.wrong("StartAt", `names '${flow.startAt}', which is not a state here`);
  const reached = new Set<string>([flow.startAt]);
  // A Set grows while it is walked: this visits what the visited states lead to.
  for (const name of reached) {
    const state = flow.states.get(name);
    if (!state) continue;
    for (const target of state.findings.targets) {
      if (!flow.states.has(target)) {
        throw invalidDefinition(`State '${name}': the transition to '${target}' leads to no state of the same flow`);
      }
      reached.add(target);
    }
  }
  for (const name of flow.states.keys()) {
    if (!reached.has(name)) throw invalidDefinition(`State '${name}': nothing leads to this state`);
  }
}
