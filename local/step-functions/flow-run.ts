import { invalidDefinition } from "./fields.ts";
import { type FlowRun, Frame, newPosition, type RunFlow } from "./frame.ts";

/** Runs a flow from where it stands to its end; when it fails, the run keeps the place where it did. */
export const runFlow: RunFlow = async (execution, run, signal) => {
  while (run.position) {
    signal.throwIfAborted();
    const position = run.position;
    const state = stateOf(run);
    const frame = new Frame(execution, run, position, signal, runFlow);
    // A redriven state goes on without a second Entered event, except those that begin and end in one step.
    if (position.enteredTime === undefined || !state.resumable) {
      position.enteredTime = new Date(frame.clock.now()).toISOString();
      frame.record(`${state.type}StateEntered`, {
        stateEnteredEventDetails: { name: state.name, ...execution.history.data({ input: position.input }) },
      });
      execution.engine.stateEntered(execution, state.name);
    }

    const transition = await state.run(frame);

    signal.throwIfAborted();
    if (transition.assign) run.scope.assign(transition.assign, state.name);
    frame.record(`${state.type}StateExited`, {
      stateExitedEventDetails: { name: state.name, ...execution.history.data({ output: transition.output }) },
    });
    run.output = transition.output;
    run.position = transition.next === undefined ? undefined : newPosition(transition.next, transition.output);
  }
  return run.output;
};

function stateOf(run: FlowRun) {
  const name = run.position?.stateName ?? "";
  const state = run.flow.states.get(name);
  if (!state) throw invalidDefinition(`there is no state '${name}'`);
  return state;
}
