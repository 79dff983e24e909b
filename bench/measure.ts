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

export interface RunFigures extends RecoveryFigures {
  readonly items: number;
  /** Orders that are not as they were before the incident: 0, or the figures are worth nothing. */
  readonly notAsBefore: number;
  readonly perSecond: {
    /** Items by the wall time of the Distributed Map. */
    readonly planned?: number;
    readonly applied?: number;
    readonly verified?: number;
    /** Bare conditional writes, as many in flight as the repair has. */
    readonly bare?: number;
  };
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
    const figures: RunFigures = {
      ...recovery,
      items: count,
      notAsBefore: await notAsBefore(stage, orders),
      perSecond: {
        ...rate("planned", count, recovery.history.mapSeconds.PlanRepairs),
        ...rate("applied", count, recovery.history.mapSeconds.ApplyRepairs),
        ...rate("verified", count, recovery.history.mapSeconds.VerifyRepairs),
        ...rate("bare", count, incident.bareSeconds),
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

function rate(name: keyof RunFigures["perSecond"], items: number, seconds = 0): RunFigures["perSecond"] {
  return seconds > 0 ? { [name]: items / seconds } : {};
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
