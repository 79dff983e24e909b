/** Before each scenario file: which one it is, for what its stages write down when they are closed. */
import { expect } from "vitest";
import { forgetUsage } from "./authorization-usage.ts";

const { testPath = "" } = expect.getState();
process.env.SCENARIO_FILE = testPath;
forgetUsage(testPath);
