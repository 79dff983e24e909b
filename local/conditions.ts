/**
 * Where the real AWS is harsher than a local process: settings that every service of the pocket AWS reads live,
 * so that a test or the demo can change them while it runs. Durations are milliseconds of real time.
 */
export interface Conditions {
  /** Factor on the seconds of ASL Wait states and retry intervals (time-outs are never scaled). 1 = as on AWS. */
  waitScale: number;
  /** How long a restore stays in CREATING. */
  restoreMs: number;
  /** How long an export stays IN_PROGRESS at least: it ends once its files are written as well. */
  exportMs: number;
  /** What an export that ends while this is set fails with: FailureCode and FailureMessage. */
  exportFailure: { readonly code: string; readonly message: string } | undefined;
  /** WriteTimestampMicros in the lines of an incremental export: a bare string, `{"N":…}`, or either by file. */
  exportTimestamps: "string" | "number" | "mixed";
  /** Whether an item that was made and deleted inside an export's window has a line with nothing but its keys. */
  exportKeysOfPassingItems: boolean;
  /** How long a query of Logs Insights runs: Scheduled at first, then Running with some of its rows, then Complete. */
  logsQueryMs: number;
  /** What a query that ends while this is set ends as, in place of Complete. */
  logsQueryFailure: "Failed" | "Timeout" | undefined;
  /** How far LatestRestorableDateTime lags behind now. */
  latestRestorableLagMs: number;
  /** How long until an attached, detached or changed IAM policy is enforced; Infinity = never. */
  iamPropagationMs: number;
  /** How long until a table's resource policy is enforced; Infinity = never. */
  tablePolicyPropagationMs: number;
  /** Chance that a request meets a host that knows a policy's change already while others do not: it goes to and fro. */
  propagationFlicker: number;
  /** After a successful change of a table's policy the next one is refused for this long. */
  tablePolicyChangeBlockMs: number;
  /** Added to every request. */
  latencyMs: number;
  /** Chance (0 to 1) that a DynamoDB data request answers ProvisionedThroughputExceededException. */
  throttleRate: number;
  /** Chance that one key of a BatchGetItem or BatchWriteItem comes back unprocessed. */
  unprocessedRate: number;
  /** Chance that a request to any service answers 500 before it took effect. */
  internalErrorRate: number;
  /** Source of chance, from a seed, so that a run can be repeated. */
  random: () => number;
}

/** Mulberry32: a small seeded generator, so that one number repeats a whole run. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Quick and faultless: what a unit test wants unless it says otherwise. */
export function quietConditions(overrides: Partial<Conditions> = {}): Conditions {
  return {
    waitScale: 0.01,
    restoreMs: 50,
    exportMs: 50,
    exportFailure: undefined,
    exportTimestamps: "string",
    exportKeysOfPassingItems: false,
    logsQueryMs: 20,
    logsQueryFailure: undefined,
    latestRestorableLagMs: 0,
    iamPropagationMs: 0,
    tablePolicyPropagationMs: 0,
    propagationFlicker: 0,
    tablePolicyChangeBlockMs: 0,
    latencyMs: 0,
    throttleRate: 0,
    unprocessedRate: 0,
    internalErrorRate: 0,
    random: seededRandom(1),
    ...overrides,
  };
}
