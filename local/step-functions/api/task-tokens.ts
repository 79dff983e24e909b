import type { JsonOperation } from "../../protocols/json.ts";
import { type ApiRequest, AwsError } from "../../service.ts";
import { type Json, MAX_DATA_BYTES } from "../json.ts";
import type { TaskTokens } from "../task-tokens.ts";

type Authorize = (request: ApiRequest, action: string, resource: string) => void;

/** Operations by which a person or a program answers a task that waits for its token. */
export function taskTokenOperations(tokens: TaskTokens, authorize: Authorize): Readonly<Record<string, JsonOperation>> {
  // A token belongs to a state machine, which is what the caller's policy can name; an unknown one belongs to none.
  const check = (request: ApiRequest, action: string, token: string) => {
    const stateMachineArn = tokens.stateMachineOf(token);
    if (stateMachineArn !== undefined) authorize(request, action, stateMachineArn);
    return tokens.find(token);
  };
  return {
    SendTaskSuccess: {
      members: ["taskToken", "output"],
      run(input, request) {
        const wait = check(request, "states:SendTaskSuccess", input.text("taskToken"));
        wait.succeed(parseOutput(input.text("output")));
      },
    },
    SendTaskFailure: {
      members: ["taskToken", "error", "cause"],
      run(input, request) {
        const wait = check(request, "states:SendTaskFailure", input.text("taskToken"));
        wait.fail(input.optionalText("error"), input.optionalText("cause"));
      },
    },
    SendTaskHeartbeat: {
      members: ["taskToken"],
      run(input, request) {
        const token = input.text("taskToken");
        check(request, "states:SendTaskHeartbeat", token);
        tokens.heartbeat(token);
      },
    },
  };
}

function parseOutput(text: string): Json {
  if (Buffer.byteLength(text) > MAX_DATA_BYTES) {
    throw new AwsError("InvalidOutput", `Invalid Output: 'over ${MAX_DATA_BYTES} bytes'`);
  }
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new AwsError("InvalidOutput", `Invalid Output: '${(error as Error).message}'`);
  }
}
