import { afterEach, beforeEach, expect, test } from "vitest";
import type { GuardName, ProtectedTable, RecoveryRequest } from "../../../functions/contracts.ts";
import { checkGuards } from "../../../functions/read-only/check-guards.ts";
import { GuardedWorld } from "./guarded-world.ts";
import { roleArn } from "./recovery-fixture.ts";

let world: GuardedWorld;
beforeEach(async () => {
  world = await GuardedWorld.start();
});
afterEach(() => world.close());

interface Case {
  readonly guards?: readonly GuardName[];
  readonly request?: Partial<RecoveryRequest>;
  readonly table?: Partial<ProtectedTable>;
}

test("a table that is set up passes, whole or by tenants", async () => {
  await checkGuards(await world.begin("one"), world.deps);
  const tenants = { guards: ["ssm-flag", "table-policy"] as const, request: { tenants: ["acme"] } };
  await checkGuards(await world.begin("two", tenants), world.deps);
});

test.each<[string, Case, RegExp]>([
  [
    "tenants beside iam-deny",
    { guards: ["iam-deny"], request: { tenants: ["acme"], readOnly: { guards: ["iam-deny"], when: "start" } } },
    /^Field "readOnly.guards" has "iam-deny" beside "tenants".*whole table only/,
  ],
  [
    "tenants under a key that can't tell them apart",
    { guards: ["table-policy"], request: { tenants: ["acme"] }, table: { tenantKey: "{tenant}*" } },
    /^Field "tenants" is \["acme"\]: tenantKey "\{tenant\}\*".*separator/,
  ],
  [
    "an application role that does not exist",
    { guards: ["iam-deny"], table: { applicationRoleArns: [roleArn("orders-app"), roleArn("gone")] } },
    /"iam-deny", which can't be raised: role .*role\/gone does not exist \(correct/,
  ],
  [
    "a flag that does not exist",
    { guards: ["ssm-flag"], table: { flagParameter: "/orders/other" } },
    /"ssm-flag", which can't be raised: parameter "\/orders\/other" does not exist \(create it/,
  ],
  [
    "a tenant that no policy can hold",
    { guards: ["table-policy"], request: { tenants: ["東京"] } },
    /"table-policy", which can't be raised: .*U\+00FF/,
  ],
])("%s is a bad request that changes nothing", async (_what, { guards, request, table }, message) => {
  const given = { ...(guards ? { guards } : {}), ...(request ? { request } : {}), ...(table ? { table } : {}) };
  const recovery = await world.begin("one", given);
  const before = await world.guardsAsTheyAre();

  await expect(checkGuards(recovery, world.deps)).rejects.toMatchObject({
    name: "InvalidRequest",
    message: expect.stringMatching(message),
  });

  expect(await world.guardsAsTheyAre()).toEqual(before);
});
