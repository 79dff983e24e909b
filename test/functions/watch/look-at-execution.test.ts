import { expect, test } from "vitest";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import { lookAtExecution } from "../../../functions/watch/look-at-execution.ts";

const ARN = "arn:execution";
const look = (answer: object | Error) => {
  const send = async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return lookAtExecution(ARN, { aws: { sfn: { send } } } as unknown as Dependencies);
};
const named = (name: string) => Object.assign(new Error(name), { name });

test.each([
  ["RUNNING", { redriveCount: 2 }, { is: "running", redriveCount: 2 }],
  ["PENDING_REDRIVE", {}, { is: "running", redriveCount: 0 }],
  ["SUCCEEDED", {}, { is: "succeeded" }],
])("%s is as it says", async (status, rest, standing) => {
  expect(await look({ status, ...rest })).toEqual(standing);
});

test.each(["FAILED", "TIMED_OUT", "ABORTED"])("%s is an end, by its count and time", async (status) => {
  const found = await look({ status, redriveCount: 1, stopDate: new Date(7), error: "LockLost", cause: "why" });

  expect(found).toEqual({
    is: "ended",
    end: { executionArn: ARN, status, redriveCount: 1, stoppedAt: 7, error: "LockLost", cause: "why" },
  });
});

test("an execution that Step Functions does not know is forgotten; any other error says nothing of it", async () => {
  expect(await look(named("ExecutionDoesNotExist"))).toEqual({ is: "forgotten" });
  await expect(look(named("AccessDeniedException"))).rejects.toThrow("AccessDeniedException");
});
