import { describe, expect, test } from "vitest";
import { InvalidRequest, TransientFailure } from "../../../functions/runtime/errors.ts";
import { forTheMachine } from "../../../functions/runtime/transient.ts";

const error = (name: string, members: object = {}) => Object.assign(new Error("it was so"), { name, ...members });

describe("an error for the machine", () => {
  test.each([
    error("ThrottlingException"),
    error("Throttling", { $metadata: { httpStatusCode: 400 } }),
    error("TooManyUpdates"),
    error("ConcurrentModificationException"),
    error("WriteUnanswered"),
    error("Whatever", { $metadata: { httpStatusCode: 503 } }),
    error("Whatever", { $metadata: { httpStatusCode: 429 } }),
    error("TimeoutError"),
    error("Error", { code: "ECONNRESET" }),
    error("Error", { code: "EAI_AGAIN" }),
  ])("is tried again where AWS or the network says not now: $name $code", (thrown) => {
    const told = forTheMachine(thrown);

    expect(told).toBeInstanceOf(TransientFailure);
    expect(told.message).toContain("it was so");
    expect(told.cause).toBe(thrown);
  });

  test.each([
    error("AccessDeniedException", { $metadata: { httpStatusCode: 400 } }),
    error("ValidationException", { $metadata: { httpStatusCode: 400 } }),
    error("ConditionalCheckFailedException"),
    new InvalidRequest("field and remedy"),
  ])("keeps its name where a repetition would change nothing: $name", (thrown) => {
    expect(forTheMachine(thrown)).toBe(thrown);
  });

  test("is not wrapped twice", () => {
    const thrown = new TransientFailure("again");

    expect(forTheMachine(thrown)).toBe(thrown);
  });

  test("carries no stack where it is expected, and its stack where it is a fault of ours", () => {
    expect(forTheMachine(new InvalidRequest("field and remedy")).stack).toBe("InvalidRequest: field and remedy");
    expect(forTheMachine(error("AccessDeniedException")).stack).toBe("AccessDeniedException: it was so");
    expect(forTheMachine(new TypeError("x is undefined")).stack).toContain("transient.test.ts");
  });

  test("is an error whatever was thrown", () => {
    expect(forTheMachine("text").message).toBe("text");
  });
});
