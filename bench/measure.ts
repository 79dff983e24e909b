/** All figures, run by run: each run has a pocket AWS of its own, freshly deployed. */
import type { TableStatistics } from "../local/dynamodb/statistics.ts";
import { reconfigure } from "../test/scenarios/support/operator.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../test/support/deployed-pocket-aws.ts";
import { type BundleSize, bundleSizes } from "./bundle-sizes.ts";
import { type FreezeFigures, measureFreeze } from "./freeze.ts";
import { haveIncident, notAsBefore, requestFor } from "./incident.ts";
import type { MeasuredOrders } from "./orders.ts";
import { measureRecovery, type RecoveryFigures } from "./recovery.ts";
import { RequestLog } from "./requests.ts";

/** DynamoDB's largest item has 400 KB, attribute names included. */
const LARGE: MeasuredOrders = { count: 40, paddingBytes: 390_000 };

export interface Rate {
  /** By wall time: that of the Distributed Map, from entering it to leaving it. */
  readonly perSecond: number;
  /** Processor time of all threads for one item, the pocket AWS included. */
  readonly cpuMs: number;
}

export interface RunFigures extends RecoveryFigures {
  readonly items: number;
  /** Orders that are not as they were before the incident: 0, or the figures are worth nothing. */
  readonly notAsBefore: number;
  /** Bare conditional writes are as many in flight as the repair has. */
  readonly rates: Readonly<Partial<Record<"planned" | "applied" | "verified" | "bare", Rate>>>;
  readonly requests: Readonly<Record<string, number>>;
  /** Read and write units by table, of Backstitch's roles. */
  readonly units: Readonly<Record<string, Pick<TableStatistics, "readUnits" | "writeUnits">>>;
}

export interface Figures {
  readonly bundles: Readonly<Record<string, BundleSize>>;
  readonly freeze: FreezeFigures;
  readonly runs: readonly RunFigures[];
  readonly largeItems: RunFigures;
}

export async function measure(sizes: readonly number[], say: (line: string) => void): Promise<Figures> {
  const runs: RunFigures[] = [];
  for (const count of sizes) {
    say(`Damaging and recovering ${count} items.`);
    runs.push(await measureRun({ count, paddingBytes: 0 }, say));
  }
  say(`Damaging and recovering ${LARGE.count} items of 390 KB.`);
  const largeItems = await measureRun(LARGE, say);
  say("Freezing.");
  return { bundles: await bundleSizes(), freeze: await measureFreezeAlone(), runs, largeItems };
}

async function measureRun(orders: MeasuredOrders, say: (line: string) => void): Promise<RunFigures> {
  const log = new RequestLog();
  const stage = await startDeployedPocketAws({ onRequest: log.add });
  try {
    await withoutCacheToWaitFor(stage);
    const incident = await haveIncident(stage, orders);
    say("  damaged");
    const request = await requestFor(stage, orders, incident);
    log.clear();
    const recovery = await measureRecovery(stage, "figures", request);
    const { count } = orders;
    const { mapSeconds } = recovery.history;
    const ofMap = (state: string) => rate(count, mapSeconds[state] ?? 0, recovery.cpuSeconds[state] ?? 0);
    const figures: RunFigures = {
      ...recovery,
      items: count,
      notAsBefore: await notAsBefore(stage, orders),
      rates: {
        planned: ofMap("PlanRepairs"),
        applied: ofMap("ApplyRepairs"),
        verified: ofMap("VerifyRepairs"),
        ...(incident.bare ? { bare: rate(count, incident.bare.seconds, incident.bare.cpuSeconds) } : {}),
      },
      requests: log.ofFunctions(),
      units: unitsOfBackstitch(stage),
    };
    say(`  recovered in ${recovery.seconds.toFixed(1)} s`);
    return figures;
  } finally {
    await stage.close();
  }
}

async function measureFreezeAlone(): Promise<FreezeFigures> {
  const log = new RequestLog();
  const stage = await startDeployedPocketAws({ onRequest: log.add });
  try {
    await withoutCacheToWaitFor(stage);
    const orders = { count: 50, paddingBytes: 0 };
    const incident = await haveIncident(stage, orders);
    return await measureFreeze(stage, "figures", await requestFor(stage, orders, incident), log);
  } finally {
    await stage.close();
  }
}

/** The proof of the flag waits until every cached value is over: a wait, and no figure of ours. */
async function withoutCacheToWaitFor(stage: DeployedPocketAws): Promise<void> {
  await reconfigure(stage, { flagCacheSeconds: 0 });
}

function rate(items: number, seconds: number, cpuSeconds: number): Rate {
  return { perSecond: items / seconds, cpuMs: (cpuSeconds * 1000) / items };
}

function unitsOfBackstitch({ aws }: DeployedPocketAws): RunFigures["units"] {
  const tables = Object.entries(aws.services.dynamodb.statistics).map(([table, principals]) => {
    const units = { readUnits: 0, writeUnits: 0 };
    for (const [principal, { readUnits, writeUnits }] of Object.entries(principals))
      if (principal.includes(":role/backstitch-")) {
        units.readUnits += readUnits;
        units.writeUnits += writeUnits;
      }
    return [table, units] as const;
  });
  return Object.fromEntries(tables);
}
