import { describe, expect, it } from "vitest";
import { eventPattern } from "../../../local/eventbridge/event-pattern.ts";

const MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:recover";
const EVENT = {
  source: "aws.states",
  "detail-type": "Step Functions Execution Status Change",
  resources: [`${MACHINE}:r-1`, "other"],
  detail: {
    status: "FAILED",
    stateMachineArn: MACHINE,
    stopDate: null,
    redriveCount: 0,
    inputDetails: { included: true },
  },
};

describe("eventPattern", () => {
  it.each<[string, object, boolean]>([
    ["one of several values", { detail: { status: ["TIMED_OUT", "FAILED"] } }, true],
    ["none of the values", { detail: { status: ["SUCCEEDED"] } }, false],
    ["every field", { source: ["aws.states"], detail: { stateMachineArn: [MACHINE] } }, true],
    ["all but one field", { source: ["aws.states"], detail: { stateMachineArn: [`${MACHINE}-2`] } }, false],
    ["a field that is absent", { detail: { error: ["x"] } }, false],
    ["a nested field that is absent", { detail: { error: { cause: ["x"] } } }, false],
    ["null", { detail: { stopDate: [null] } }, true],
    ["a number", { detail: { redriveCount: [0] } }, true],
    ["a number given as text", { detail: { redriveCount: ["0"] } }, false],
    ["a boolean", { detail: { inputDetails: { included: [true] } } }, true],
    ["one element of a list", { resources: ["other"] }, true],
    ["a prefix of one element of a list", { resources: [{ prefix: MACHINE }] }, true],
    ["another prefix", { detail: { status: [{ prefix: "fail" }] } }, false],
    ["a suffix", { detail: { stateMachineArn: [{ suffix: ":recover" }] } }, true],
    ["anything but the value", { detail: { status: [{ "anything-but": ["FAILED", "ABORTED"] }] } }, false],
    ["anything but another value", { detail: { status: [{ "anything-but": "RUNNING" }] } }, true],
    ["an existing field", { detail: { status: [{ exists: true }] } }, true],
    ["an absent field", { detail: { error: [{ exists: false }] } }, true],
    ["a field that should not exist", { detail: { status: [{ exists: false }] } }, false],
  ])("compares %s", (_what, pattern, expected) => {
    expect(eventPattern(JSON.stringify(pattern))(EVENT)).toBe(expected);
  });

  it.each([
    ["{", /not JSON/],
    ["{}", /must be an object with a field/],
    ['{"source":"aws.states"}', /source must be a list/],
    ['{"$or":[{"source":["a"]}]}', /\$or in an event pattern/],
    ['{"detail":{"n":[{"numeric":["<",5]}]}}', /numeric.* in an event pattern/],
    ['{"detail":{"n":[{"prefix":{"equals-ignore-case":"x"}}]}}', /prefix.* in an event pattern/],
  ])("refuses %s", (pattern, message) => {
    expect(() => eventPattern(pattern)).toThrow(message);
  });
});
