import { PRICES } from "./prices.ts";

/** What a repair would take; a range where nobody can know. */
export interface RepairEstimate {
  readonly items: number;
  readonly writeUnits: number;
  /** Of everything that AWS bills for the repair: planning is paid for already. */
  readonly usd: number;
  /** From the approval to the end of the verification. */
  readonly minutes: { readonly from: number; readonly to: number };
}

/** The estimate that stands in a plan. */
export interface Estimate {
  readonly currency: string;
  readonly region: string;
  /** Date of the prices. */
  readonly pricesOf: string;
  /** What the evidence has cost, where that is known. */
  readonly evidenceUsd?: number;
  /** The plan as it stands. */
  readonly asPlanned: RepairEstimate;
  /** All groups of changes chosen as damage. */
  readonly allGroups: RepairEstimate;
  readonly assumptions: readonly string[];
}

/** A partition takes so many write units a second, whatever the table's own capacity. */
const HOT_PARTITION_UNITS = 1000;
/** A new on-demand table; older ones may take more. */
const TABLE_UNITS = 4000;
/** Guarded writes of one function in a second: 16 in flight at about 10 ms each. */
const ITEMS_A_SECOND = 1600;
/** Starting functions, trial and its verification, summaries. */
const FIXED_MINUTES = { from: 0.5, to: 3 };
const ITEMS_A_PART = 500;
/** Of a Map's child and its function: applying and verifying. */
const TRANSITIONS_A_PART = 2 * 2;
const TRANSITIONS_BESIDE = 40;
const LAMBDA_GB = 1;
/** Journal, outcomes, results and what is read again of them. */
const PUTS_A_PART = 40;
const GETS_A_PART = 60;

export interface ToRepair {
  readonly items: number;
  readonly writeUnits: number;
}

/** Cost and minutes of repairing so much with so many parts at a time. */
export function estimateRepair({ items, writeUnits }: ToRepair, concurrency: number): RepairEstimate {
  if (items === 0) return { items, writeUnits, usd: 0, minutes: { from: 0, to: 0 } };
  const parts = Math.ceil(items / ITEMS_A_PART);
  const atOnce = Math.min(concurrency, parts);
  const fastest = Math.max(writeUnits / TABLE_UNITS, items / (ITEMS_A_SECOND * atOnce));
  const slowest = Math.max(writeUnits / HOT_PARTITION_UNITS, items / (ITEMS_A_SECOND / 4));
  const lambdaSeconds = 2 * (items / (ITEMS_A_SECOND / 4) + parts * 2);
  // Verification reads what was written, 4 KB a unit: at most one unit for each unit written.
  const usd =
    (writeUnits * PRICES.millionWriteUnits + writeUnits * PRICES.millionReadUnits) / 1e6 +
    ((parts * TRANSITIONS_A_PART + TRANSITIONS_BESIDE) * PRICES.thousandTransitions) / 1000 +
    lambdaSeconds * LAMBDA_GB * PRICES.lambdaGbSecond +
    (parts * PUTS_A_PART * PRICES.thousandS3Puts + parts * GETS_A_PART * PRICES.thousandS3Gets) / 1000;
  return {
    items,
    writeUnits,
    usd: cents(usd),
    minutes: { from: tenth(FIXED_MINUTES.from + fastest / 60), to: tenth(FIXED_MINUTES.to + (2 * slowest) / 60) },
  };
}

/** What exports or restores of so many bytes cost. */
export function evidenceUsd({
  exported = 0,
  restored = 0,
}: {
  readonly exported?: number;
  readonly restored?: number;
}) {
  return cents((exported * PRICES.exportedGb + restored * PRICES.restoredGb) / 1024 ** 3);
}

/** The estimate of a plan: as it stands, and with all its groups chosen. */
export function estimatePlan(
  plan: { readonly asPlanned: ToRepair; readonly allGroups: ToRepair },
  concurrency: number,
  evidence?: number,
): Estimate {
  return {
    currency: PRICES.currency,
    region: PRICES.region,
    pricesOf: PRICES.date,
    ...(evidence === undefined ? {} : { evidenceUsd: evidence }),
    asPlanned: estimateRepair(plan.asPlanned, concurrency),
    allGroups: estimateRepair(plan.allGroups, concurrency),
    assumptions: [
      "prices of restores, functions and S3 are assumed",
      "prices are on-demand; each index that a write reaches counts with the whole item",
      `at best the table takes ${TABLE_UNITS} write units a second, at worst all items are in one partition, which takes ${HOT_PARTITION_UNITS}`,
      "the time that people take to answer is not in it",
    ],
  };
}

function cents(usd: number): number {
  return Math.ceil(usd * 100) / 100;
}

function tenth(minutes: number): number {
  return Math.ceil(minutes * 10) / 10;
}
