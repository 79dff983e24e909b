import { afterEach, beforeEach, expect, test } from "vitest";
import { recordingErrors } from "../../../functions/runtime/record-error.ts";
import type { RecoveryStatus } from "../../../functions/runtime/recovery.ts";
import { named, RECOVERY_ID, StepsWorld } from "../support/steps-world.ts";

let world: StepsWorld;
beforeEach(async () => {
  world = await StepsWorld.start();
});
afterEach(() => world.close());

const fail = (error: Error) =>
  recordingErrors("ApplyPart", RECOVERY_ID, world.deps, () => Promise.reject(error)).catch((thrown) => thrown);
const lastError = async () => (await world.deps.recoveries.get<RecoveryStatus>(RECOVERY_ID, "status"))?.lastError;

test("the error of a part is thrown as it was, and recorded with step, name and time", async () => {
  const error = named("ReadOnlyLost", "guard table-policy is down");

  expect(await fail(error)).toBe(error);

  expect(await lastError()).toEqual({
    step: "ApplyPart",
    name: "ReadOnlyLost",
    message: "guard table-policy is down",
    at: world.at,
  });
});

test("an error in passing of a part that runs on does not hide what ended the map, but later it counts", async () => {
  await fail(named("ReadOnlyLost"));
  world.pocket.passSeconds(60);
  await fail(named("ThrottlingException"));
  expect(await lastError()).toMatchObject({ name: "ReadOnlyLost" });

  world.pocket.passSeconds(3600);
  await fail(named("ThrottlingException"));
  expect(await lastError()).toMatchObject({ name: "TransientFailure" });

  await fail(named("LockLost"));
  expect(await lastError()).toMatchObject({ name: "LockLost" });
});

test("an error that can't be recorded is thrown all the same", async () => {
  const error = named("ReadOnlyLost");
  const recoveries = { get: () => Promise.reject(named("AccessDeniedException")) } as never;

  await expect(
    recordingErrors("ApplyPart", RECOVERY_ID, { ...world.deps, recoveries }, () => Promise.reject(error)),
  ).rejects.toBe(error);
});
