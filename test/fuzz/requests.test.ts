/** Thousands of made-up requests through Preflight's own code: each is accepted by rule or refused by name, and nothing else happens. */
import { CreateBackupCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { World } from "../scenarios/support/world.ts";
import type { Item } from "../support/deployed-pocket-aws.ts";
import { fuzz, runs } from "./support/fuzz.ts";
import { FuzzStage, PLANTED } from "./support/fuzz-stage.ts";
import { refusal } from "./support/refusal.ts";
import { requestText } from "./support/request-grammar.ts";

/** Errors by which Preflight may refuse. */
const NAMES = ["InvalidRequest", "TableLocked"];
/** Refused requests between two looks at the whole world; whoever asks AWS to change something is found at once. */
const LOOK_EVERY = 100;
/** Preflight's time-out leaves more: whatever takes longer would take without end. */
const LONGEST_MS = 20_000;

let stage: FuzzStage;
let world: World;
let records: ReadonlyMap<string, Item>;

beforeAll(async () => {
  stage = await FuzzStage.start();
  const { dynamodb, s3 } = stage.stage;
  for (const Key of ["uploads/keys.jsonl", "uploads/keys.csv"])
    await s3.send(new PutObjectCommand({ Bucket: stage.bucket, Key, Body: '{"pk":"TENANT#acme","sk":"ORDER#1"}\n' }));
  await dynamodb.send(new CreateBackupCommand({ TableName: "orders", BackupName: "nightly" }));
  await stage.load("backstitch-preflight", () => import("../../functions/preflight.ts"));
  for (const name of ["look-1", "planned-1"])
    await stage.call(eventOf(name, '{"table":"orders","badSince":"100m ago","incidentEnd":"30m ago","mode":"plan"}'));
  await stage.endRecovery("planned-1", "Planned");
  [world, records] = [await stage.world(), await stage.records()];
}, 240_000);

afterAll(() => stage?.close());

function eventOf(name: string, request: string): string {
  const executionArn = `arn:aws:states:us-east-1:111122223333:execution:backstitch-recover:${name}`;
  const execution = JSON.stringify({ recoveryId: name, executionArn, startTime: new Date().toISOString() });
  return `${execution.slice(0, -1)},"request":${request}}`;
}

/** What Preflight leaves behind of a request that it accepts: the lock, the record, the request, and who is watched. */
function leftBy(name: string, accepted: { readonly recoveryId: string; readonly mode: string }): string[] {
  const { recoveryId, mode } = accepted;
  const isResumed = recoveryId !== name;
  return [
    ...(mode === "repair" ? ["lock orders"] : []),
    ...(isResumed ? [`execution:${name} resumed-as`] : [`watch ${name}`, `recoveries/${name}/request.json`]),
    ...[`${recoveryId} recovery`, `${recoveryId} status`],
  ].sort();
}

test("a request is accepted by rule or refused by name, whatever stands in it", async () => {
  let [refused, accepted] = [0, 0];
  const ends = await fuzz("requests", requestText, runs(1000), async (request, id) => {
    const name = `fuzz-${id}`;
    stage.changing.length = 0;
    const begins = Date.now();
    const end = await stage.call(eventOf(name, request)).catch((error: Error) => error);
    expect(Date.now() - begins).toBeLessThan(LONGEST_MS);
    if (end instanceof Error) {
      const asked = [...stage.changing];
      if (asked.length > 0) await stage.forget(records, name);
      const refusedAs = refusal(end, { names: NAMES, planted: PLANTED, given: request });
      expect(asked).toEqual([]);
      if (++refused % LOOK_EVERY === 0) expect(await stage.world()).toEqual(world);
      return refusedAs;
    }
    const left = await stage.forget(records, name);
    expect(left).toEqual(leftBy(name, end as { recoveryId: string; mode: string }));
    if (++accepted % 10 === 0) expect(await stage.world()).toEqual(world);
    return "accepted";
  });
  expect(await stage.world()).toEqual(world);
  expect(ends.accepted).toBeGreaterThan(0);
  expect(ends.InvalidRequest).toBeGreaterThan(0);
  expect(stage.stage.aws.faults).toBe(0);
}, 3_600_000);
