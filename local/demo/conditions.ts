import type { Conditions } from "../conditions.ts";
import { seededRandom } from "../conditions.ts";

/** AWS as it is, in small: nothing is free, nothing is at once. Minutes are seconds, and so that it can be watched, less. */
export function demoConditions(seed: number): Partial<Conditions> {
  return {
    waitScale: 0.04,
    restoreMs: 2500,
    exportMs: 2000,
    logsQueryMs: 1500,
    exportTimestamps: "mixed",
    exportKeysOfPassingItems: true,
    latestRestorableLagMs: 1500,
    iamPropagationMs: 700,
    tablePolicyPropagationMs: 900,
    tablePolicyChangeBlockMs: 600,
    latencyMs: 1,
    throttleRate: 0.002,
    unprocessedRate: 0.01,
    internalErrorRate: 0.0005,
    random: seededRandom(seed ^ 0x5eed),
  };
}
