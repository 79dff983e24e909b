import type { Context } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import { lambdaHandler, step } from "../../../functions/runtime/step.ts";

const context = { functionName: "f", awsRequestId: "1", memoryLimitInMB: "1" } as Context;
const ENVIRONMENT = {
  RECOVERIES_TABLE: "recoveries",
  RECOVERY_BUCKET: "bucket",
  NOTIFICATION_TOPIC_ARN: "topic",
  FUNCTION_PREFIX: "backstitch",
  TABLES_PATH: "/backstitch/tables/",
  AWS_REGION: "eu-west-1",
  POWERTOOLS_TRACE_ENABLED: "false",
};
beforeEach(() => {
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

const input = { recoveryId: "r-1", table: "orders", round: 1 };

describe("a step", () => {
  test("runs with what its contract lets through, and dependencies made from the environment", async () => {
    let given: unknown;
    let deps: Dependencies | undefined;
    const handler = step("SummarizePlan", async (parsed, dependencies) => {
      given = parsed;
      deps = dependencies;
      throw new Error("far enough");
    });

    await expect(handler(input, context)).rejects.toThrow("far enough");

    expect(given).toEqual(input);
    expect(deps?.artifacts.bucket).toBe("bucket");
  });

  test.each([
    ["a missing field", { recoveryId: "r-1", table: "orders" }, "SummarizePlan: round:"],
    ["an unknown field", { ...input, extra: 1 }, '"extra"'],
    ["a name that is none", { ...input, recoveryId: "a b" }, "SummarizePlan: recoveryId:"],
  ])("refuses %s before anything runs, naming itself and the field", async (_what, event, message) => {
    const run = vi.fn();

    await expect(step("SummarizePlan", run)(event, context)).rejects.toMatchObject({
      name: "InvalidInput",
      message: expect.stringContaining(message),
    });

    expect(run).not.toHaveBeenCalled();
  });

  test("refuses thousands of faults and endless names in a few words, without a stack", async () => {
    const event = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`${"x".repeat(200)}${index}`, 1]));

    const error = await step("SummarizePlan", vi.fn())(event, context).catch((thrown: Error) => thrown);

    expect(String(error).length).toBeLessThan(1200);
    expect((error as Error).stack).not.toContain("    at ");
  });

  test("answers nothing that its contract does not know", async () => {
    const handler = step("RepairTrial", async () => ({ items: 1, secret: "value" }) as { items: number });

    await expect(handler({ ...input, planHash: "0".repeat(64) }, context)).rejects.toThrow(/secret/);
  });
});

test("an error of AWS that passes reaches the machine under the name that its Retry knows", async () => {
  const handler = lambdaHandler("Anything", z.object({}), async () => {
    throw Object.assign(new Error("slow down"), { name: "ThrottlingException" });
  });

  await expect(handler({}, context)).rejects.toMatchObject({ name: "TransientFailure" });
});
