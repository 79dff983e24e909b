import type { Flow } from "./definition.ts";
import { invalidDefinition } from "./fields.ts";

/**
 * Checks the scopes of variables: a flow may read the names of the flows around it but not assign them, a Distributed
 * Map sees none at all, and a name that no flow in sight assigns is a mistake.
 */
export function checkVariables(flow: Flow, outer: ReadonlySet<string> = new Set()): void {
  const own = new Set<string>();
  for (const [name, state] of flow.states) {
    for (const variable of state.findings.assigns) {
      if (outer.has(variable)) {
        throw invalidDefinition(
          `State '${name}': the field 'Assign' sets '${variable}', a variable of the outer scope`,
        );
      }
      own.add(variable);
    }
  }
  const visible = new Set([...outer, ...own]);
  for (const [name, state] of flow.states) {
    for (const { field, variable } of state.findings.reads) {
      if (state.seesNoVariables) {
        const why = "the fields of a Distributed Map can only read $states";
        throw invalidDefinition(`State '${name}': the field '${field}' reads the variable '$${variable}', but ${why}`);
      }
      if (!visible.has(variable)) {
        throw invalidDefinition(
          `State '${name}': the field '${field}' reads '$${variable}', which is not assigned here`,
        );
      }
    }
    for (const inner of state.flows) checkVariables(inner, state.seesNoVariables ? new Set() : visible);
  }
}
