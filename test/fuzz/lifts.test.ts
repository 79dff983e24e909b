/** Made-up calls of LiftReadOnly by hand: it lifts or thaws by rule or refuses by name, and touches nothing but what was frozen. */
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FLAG_PARAMETER } from "../scenarios/support/operator.ts";
import type { World } from "../scenarios/support/world.ts";
import type { Item } from "../support/deployed-pocket-aws.ts";
import { ASKED, askForApproval } from "./support/asked.ts";
import { fuzz, runs } from "./support/fuzz.ts";
import { FuzzStage, PLANTED } from "./support/fuzz-stage.ts";
import { jsonOf, junk, longText, telling } from "./support/junk.ts";
import { mutatedBy, mutation } from "./support/mutations.ts";
import { refusal } from "./support/refusal.ts";

const NAMES = ["InvalidInput", "InvalidAnswer", "UnknownRecovery", "ExecutionSuperseded"];
const LOOK_EVERY = 200;

let stage: FuzzStage;
let ssm: SSMClient;
let world: World;
let records: ReadonlyMap<string, Item>;
let flag: unknown;

beforeAll(async () => {
  stage = await FuzzStage.start();
  ssm = new SSMClient(stage.stage.aws.clientConfig());
  await askForApproval(stage);
  await stage.load("backstitch-lift-read-only", () => import("../../functions/lift-read-only.ts"));
  await look();
}, 240_000);

afterAll(async () => {
  ssm?.destroy();
  await stage?.close();
});

async function look(): Promise<void> {
  [world, records] = [await stage.world(), await stage.records()];
  flag = (world[`parameter ${FLAG_PARAMETER}`] as { Value: unknown }).Value;
}

/** Whatever a lift may touch: the flag and our own records. The rest of the world is as it was. */
async function frozenAgain(): Promise<void> {
  const mayChange = [`parameter ${FLAG_PARAMETER}`, `table ${stage.recoveriesTable}`];
  const rest = (of: World) => Object.entries(of).filter(([name]) => !mayChange.includes(name));
  expect(rest(await stage.world())).toEqual(rest(world));
  await ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Value: String(flag), Overwrite: true }));
  await stage.putRecordsBack(records);
  const before = world;
  await look();
  expect(rest(world)).toEqual(rest(before));
}

const tenants = fc.oneof(
  fc.constantFrom(["acme"], ["globex"], ["acme", "globex"], ["initech"], ["acme", "acme"]),
  fc.array(telling, { minLength: 1, maxLength: 3 }),
  fc.constant(Array.from({ length: 10_000 }, (_, index) => `tenant-${index}`)),
);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 1 });

const right = fc.record({
  recoveryId: fc.oneof(
    { weight: 6, arbitrary: fc.constant<string>(ASKED) },
    { weight: 1, arbitrary: fc.constantFrom("nobody", "lock", "flag") },
  ),
  table: fc.oneof(
    { weight: 6, arbitrary: fc.constant("orders") },
    { weight: 1, arbitrary: fc.constantFrom("invoices", "recovery") },
  ),
  tenants: maybe(tenants),
  continue: maybe(fc.boolean()),
  execution: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: telling }),
});

const calls: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: right.map(jsonOf) },
  {
    weight: 10,
    arbitrary: fc
      .tuple(right, fc.array(mutation, { minLength: 1, maxLength: 3 }))
      .map(([call, mutations]) => jsonOf(mutatedBy(JSON.parse(jsonOf(call)), mutations))),
  },
  { weight: 1, arbitrary: fc.oneof(junk, longText).map(jsonOf) },
);

test("a lift by hand is done by rule or refused by name, whatever stands in the call", async () => {
  let count = 0;
  const ends = await fuzz("lifts", calls, runs(150), async (call) => {
    stage.changing.length = 0;
    const end = await stage.call(call).catch((error: Error) => error);
    const asked = [...stage.changing];
    if (asked.length > 0) await frozenAgain();
    else if (++count % LOOK_EVERY === 0) expect(await stage.world()).toEqual(world);
    if (!(end instanceof Error)) return "lifted";
    const refusedAs = refusal(end, { names: NAMES, planted: PLANTED, given: call });
    expect(asked).toEqual([]);
    return refusedAs;
  });
  expect(await stage.world()).toEqual(world);
  expect(ends.lifted).toBeGreaterThan(0);
  expect(ends.InvalidInput).toBeGreaterThan(0);
}, 1_200_000);
