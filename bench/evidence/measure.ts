import { ORDERS_TABLE } from "../../local/demo/orders.ts";
import type { RequestEntry } from "../../local/gateway.ts";
import { StoryClock } from "../../local/story-clock.ts";
import { question } from "../../test/scenarios/support/operator.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../../test/support/deployed-pocket-aws.ts";
import { isOfBackstitch, RequestLog } from "../requests.ts";
import { haveCostedIncident, type IncidentSize, wrongAfter } from "./incident.ts";
import type { Way } from "./ways.ts";

/** What one recovery took of what AWS bills; exact, and the same in every run. */
export interface EvidenceCost {
  readonly name: string;
  readonly repaired: number;
  /** Of the live table. */
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Of restored tables. */
  readonly evidenceReadUnits: number;
  readonly restoredBytes: number;
  readonly exportedBytes: number;
  /** States entered, parent and children of maps; laps of loops that wait are left out. */
  readonly stateTransitions: number;
  /** Requests that S3 bills as PUT, COPY, POST or LIST. */
  readonly s3Puts: number;
  readonly s3Gets: number;
}

/** Recovers the incident in one way on an account of its own, and counts. */
export async function measureWay(way: Way, size: IncidentSize): Promise<EvidenceCost> {
  const clock = StoryClock.hoursAgo(4);
  const log = new RequestLog();
  const stage = await startDeployedPocketAws({ now: clock.now, onRequest: log.add });
  try {
    const incident = await haveCostedIncident(stage, clock, size);
    if (way.first) await run(stage, "first", way.first(incident));
    log.clear();
    const before = unitsOf(stage);
    const states: string[] = [];
    const stop = stage.aws.services.stepFunctions.onStateEntered(({ stateName }) => states.push(stateName));
    const repaired = await run(stage, "counted", way.request(incident));
    stop();
    const after = unitsOf(stage);
    const wrong = await wrongAfter(stage, incident);
    if (!way.isUndo && wrong !== 0)
      throw new Error(`"${way.name}" left ${wrong} items that are not as they should be.`);
    return {
      name: way.name,
      repaired,
      readUnits: after.readUnits - before.readUnits,
      writeUnits: after.writeUnits - before.writeUnits,
      evidenceReadUnits: after.evidenceReadUnits - before.evidenceReadUnits,
      restoredBytes: after.restored - before.restored,
      exportedBytes: after.exported - before.exported,
      stateTransitions: outsideWaitLoops(states).length,
      s3Puts: log.entries.filter((entry) => isS3(entry, ["PUT", "POST", "LIST"])).length,
      s3Gets: log.entries.filter((entry) => isS3(entry, ["GET", "HEAD"])).length,
    };
  } finally {
    await stage.close();
  }
}

async function run(stage: DeployedPocketAws, name: string, request: object): Promise<number> {
  const executionArn = await stage.startRecovery(name, request);
  if (!("mode" in request)) {
    const { planHash } = await question(stage, executionArn);
    await stage.answer({ recoveryId: name, answer: "approve", planHash, by: "figures" });
  }
  await stage.waitForStatus(executionArn, "SUCCEEDED");
  const report = await stage.readReport<{ repairs: { outcomes: Readonly<Record<string, number>> } }>(name);
  return report.repairs.outcomes.written ?? 0;
}

function unitsOf({ aws }: DeployedPocketAws) {
  const { statistics, billedBytes } = aws.services.dynamodb;
  const units = { readUnits: 0, writeUnits: 0, evidenceReadUnits: 0 };
  for (const [table, principals] of Object.entries(statistics))
    for (const [principal, counts] of Object.entries(principals)) {
      if (!principal.includes(":role/backstitch-")) continue;
      if (table === ORDERS_TABLE) {
        units.readUnits += counts.readUnits;
        units.writeUnits += counts.writeUnits;
      } else if (/^backstitch-.*-(before|after)$/.test(table)) units.evidenceReadUnits += counts.readUnits;
    }
  const { exported = 0, restored = 0 } = billedBytes[ORDERS_TABLE] ?? {};
  return { ...units, exported, restored };
}

/** How often a loop goes round depends on how long AWS takes: only the first visit of its states is counted. */
export function outsideWaitLoops(states: readonly string[]): string[] {
  const seen = new Set<string>();
  return states.filter((state) => {
    if (state.startsWith("WaitFor") || state.startsWith("WaitTo")) return false;
    const isLap = LOOPS.has(state) && seen.has(state);
    seen.add(state);
    return !isLap;
  });
}

const LOOPS: ReadonlySet<string> = new Set([
  "StartRestore",
  "RestoreStarted",
  "CheckRestore",
  "RestoreReady",
  "StartExport",
  "ExportStarted",
  "CheckExport",
  "ExportReady",
  "VerifyReadOnly",
  "ReadOnlyProven",
]);

function isS3(entry: RequestEntry, kinds: readonly string[]): boolean {
  if (entry.service !== "s3" || !isOfBackstitch(entry)) return false;
  const [method = "", path = ""] = entry.action.split(" ");
  const isList = method === "GET" && path.split("?")[0]?.split("/").filter(Boolean).length === 1;
  return kinds.includes(isList ? "LIST" : method);
}
