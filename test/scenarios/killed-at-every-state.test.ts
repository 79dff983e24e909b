/**
 * The execution dies at each state, one by one: the states are those of the definition, so that a new one is covered by
 * itself, or is said to be visited by no route. A redrive leaves the same table as the route that was not killed.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Recoveries } from "../../functions/runtime/recoveries.ts";
import type { Conditions } from "../../local/conditions.ts";
import type { PlannedKill } from "../../local/lambda/faults.ts";
import { StoryClock } from "../../local/story-clock.ts";
import { allStates, type Definition, type JsonObject, type PlacedState } from "../../statemachines/states.ts";
import { type DeployedPocketAws, startDeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { approveAll, type Drive, driveToEnd } from "./support/drive.ts";
import { haveIncident, itemsOf, itemsOfOthers, type OrdersIncident } from "./support/incident.ts";
import { type GuardedWorld, guardedWorld, reconfigure, record } from "./support/operator.ts";

const DEFINITION = JSON.parse(
  readFileSync(new URL("../../statemachines/recover.asl.json", import.meta.url), "utf8"),
) as Definition;

/** Nothing is left to kill: the execution has ended there. */
const isEnd = ({ state, scope }: PlacedState) =>
  scope.kind === "top" && ["Succeed", "Fail"].includes(String(state.Type));
const KILLABLE = allStates(DEFINITION).filter((placed) => !isEnd(placed));

/** A way through the machine; together they visit every state. */
interface Route {
  readonly name: string;
  readonly request: (tenant: string) => object;
  /** What keeps the machine waiting, until this state of waiting is entered. */
  readonly waits?: { readonly at: string; readonly while: Partial<Conditions> };
  /** Before the execution is started. */
  readonly prepare?: (recoveryId: string, tenant: string) => Promise<unknown>;
  readonly answer?: Drive["answer"];
}

const FLAG_CACHE_SECONDS = 0.2;
const SOME_SLICE = { status: "running", kept: 0, outsideTenants: 0, keptSoFar: 0 };
const ROUTES: readonly Route[] = [
  { name: "restore", request: (tenant) => withoutDeletes(tenant, { evidence: "restore" }) },
  { name: "export", request: (tenant) => withoutDeletes(tenant, { evidence: "export" }) },
  {
    name: "slices",
    request: (tenant) => withoutDeletes(tenant, { evidence: "export" }),
    // As of a list and of an export that take more than a slice.
    prepare: async (recoveryId) => {
      for (const from of ["source", "evidence"]) await records().put(recoveryId, `keys-${from}#000000`, SOME_SLICE);
    },
  },
  {
    name: "compare",
    request: (tenant) => withoutDeletes(tenant, { evidence: "restore", keys: undefined, tenants: [tenant] }),
    answer: ({ planHash }) => ({
      answer: "approve",
      planHash,
      groups: [
        { kind: "updated", attributes: ["currency", "memo", "total"] },
        { kind: "deleted", attributes: [] },
      ],
    }),
    // As of a table one segment of which takes more than a slice.
    prepare: (recoveryId) =>
      records().put(recoveryId, "keys-compare#00000#000000", { ...SOME_SLICE, resumeAt: { pass: "before" } }),
  },
  {
    name: "restore-later",
    request: (tenant) => withoutDeletes(tenant, { evidence: "restore" }),
    waits: { at: "WaitToRestore", while: { latestRestorableLagMs: 3 * 3_600_000 } },
  },
  {
    name: "export-later",
    request: (tenant) => withoutDeletes(tenant, { evidence: "export" }),
    waits: { at: "WaitToExport", while: { latestRestorableLagMs: 3 * 3_600_000 } },
  },
  {
    name: "proven-later",
    request: (tenant) => withoutDeletes(tenant, { evidence: "export" }),
    waits: { at: "WaitForReadOnly", while: {} },
    // Applications may have an older value of the flag for so long: nothing is proven at the first visit.
    prepare: () => reconfigure(stage, { flagCacheSeconds: 4 }),
  },
  {
    name: "stored-plan",
    request: (tenant) => ({ plan: `look-${tenant}` }),
    prepare: async (_recoveryId, tenant) => {
      const look = withoutDeletes(tenant, { evidence: "export", mode: "plan" });
      await driveToEnd(stage, await stage.startRecovery(`look-${tenant}`, look), { answer: approveAll, redrives: 0 });
    },
  },
  { name: "decision", request: (tenant) => withoutDeletes(tenant, { evidence: "export", conflicts: "fail" }) },
  {
    name: "no-answer",
    request: (tenant) =>
      withoutDeletes(tenant, { evidence: "export", approval: { timeoutHours: 1 / 3600, onTimeout: "lift" } }),
    answer: () => undefined,
  },
];

let stage: DeployedPocketAws;
let incident: OrdersIncident;
let worldBefore: GuardedWorld;
/** By route: the states that it visits. */
const visits = new Map<string, ReadonlySet<string>>();

const tenantOf = (name: string) => name.toLowerCase();
const twinOf = ({ name }: Route) => `twin-${name}`;

beforeAll(async () => {
  const clock = StoryClock.hoursAgo(2);
  stage = await startDeployedPocketAws({ now: clock.now });
  await reconfigure(stage, { flagCacheSeconds: FLAG_CACHE_SECONDS });
  // A recovery waits until no killed function of an earlier one can be alive; here what is killed is surely dead.
  await stage.aws.services.lambda.updateEnvironment("backstitch-write-report", { WRITER_TIMEOUT_SECONDS: "0" });
  const tenants = [...ROUTES.map(twinOf), ...KILLABLE.map(({ name }) => tenantOf(name))];
  incident = await haveIncident(stage, { tenants, undecidable: 2, clock });
  worldBefore = await guardedWorld(stage);
});

afterAll(() => stage?.close());

describe("a recovery that is not killed", () => {
  test.each(ROUTES)("goes through: $name", async (route) => {
    const visited = new Set<string>();
    const stop = stage.aws.services.stepFunctions.onStateEntered(({ stateName }) => visited.add(stateName));
    await play(route, twinOf(route), 0);
    stop();
    visits.set(route.name, visited);
  });

  test("has a route to every state", () => {
    const visited = new Set([...visits.values()].flatMap((names) => [...names]));

    expect(KILLABLE.map(({ name }) => name).filter((name) => !visited.has(name))).toEqual([]);
  });
});

describe("a recovery that dies", () => {
  test.each(KILLABLE.map((placed) => [placed.name, placed] as const))(
    "at %s and is redriven leaves the same table, the same guards and no lock",
    async (name, placed) => {
      // Others may come by it too, if the time falls that way.
      const route =
        ROUTES.find(({ waits }) => waits?.at === name) ?? ROUTES.find((one) => visits.get(one.name)?.has(name));
      if (!route) throw new Error(`No route visits ${name}.`);
      const tenant = tenantOf(name);
      const others = itemsOfOthers(await stage.tableContent(), tenant);

      await play(route, tenant, 1, placed);

      const content = await stage.tableContent();
      expect(itemsOf(content, tenant)).toEqual(itemsOf(content, twinOf(route)));
      expect(itemsOfOthers(content, tenant)).toEqual(others);
      expect(await guardedWorld(stage)).toEqual(worldBefore);
      expect(await record(stage, "lock", "orders")).toBeUndefined();
    },
  );
});

/** Plays a route to its end, killed at a state on the way. */
async function play(route: Route, tenant: string, redrives: number, at?: PlacedState): Promise<void> {
  const recoveryId = `recover-${tenant}`;
  await route.prepare?.(recoveryId, tenant);
  const quiet = { ...stage.aws.conditions };
  Object.assign(stage.aws.conditions, route.waits?.while);
  const happened = at ? dieAt(at, recoveryId) : () => true;
  const end = stage.aws.services.stepFunctions.onStateEntered(({ stateName }) => {
    if (stateName === route.waits?.at) Object.assign(stage.aws.conditions, quiet);
  });
  try {
    const executionArn = await stage.startRecovery(recoveryId, route.request(tenant));
    const { redriveCount } = await driveToEnd(stage, executionArn, { answer: route.answer ?? approveAll, redrives });
    expect([happened(), redriveCount]).toEqual([true, redrives]);
  } finally {
    end();
    Object.assign(stage.aws.conditions, quiet);
    await reconfigure(stage, { flagCacheSeconds: FLAG_CACHE_SECONDS });
  }
}

/** A Task's function dies with its work done and its answer lost; at any other state the execution is stopped. */
function dieAt({ name, state }: PlacedState, recoveryId: string): () => boolean {
  const { lambda, stepFunctions } = stage.aws.services;
  if (state.Type === "Task") {
    const kill: PlannedKill = lambda.faults.killDuring({
      functionName: functionOf(state),
      // A question that was asked may be answered before its function is dead, and then nothing has failed.
      moment: String(state.Resource).endsWith(".waitForTaskToken") ? { afterCalls: 1 } : "before-answer",
      matches: (payload) => {
        const { recoveryId: id, purpose } = payload as { recoveryId: string; purpose?: string };
        return id === recoveryId && (purpose === undefined || (purpose === "confirm") === (name === "ConfirmReadOnly"));
      },
    });
    return () => kill.happened;
  }
  let isStopped = false;
  const end = stepFunctions.onStateEntered(({ stateName }) => {
    if (stateName !== name || isStopped) return;
    isStopped = true;
    end();
    stepFunctions.stopExecution(
      `${stage.outputs.StateMachineArn?.replace(":stateMachine:", ":execution:")}:${recoveryId}`,
    );
  });
  return () => isStopped;
}

function functionOf(state: JsonObject): string {
  const { FunctionName } = state.Arguments as { FunctionName: string };
  const [, construct = ""] = /^\$\{(\w+)FunctionArn\}$/.exec(FunctionName) ?? [];
  return `backstitch-${construct.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}`;
}

function records(): Recoveries {
  return new Recoveries(stage.dynamodb, stage.outputs.RecoveriesTableName ?? "");
}

/** A delete whose outcome nobody wrote down is a question to a person, and has a story of its own. */
function withoutDeletes(tenant: string, changes: object): object {
  return incident.requestFor(tenant, { created: "report", ...changes });
}
