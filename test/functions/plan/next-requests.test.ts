import { describe, expect, test } from "vitest";
import { Rules } from "../../../functions/contracts.ts";
import { nextRequests } from "../../../functions/plan/next-requests.ts";
import type { GroupSummary } from "../../../functions/repair/group.ts";
import { NO_COUNTS } from "../../../functions/repair/plan-counts.ts";
import { parseAnyRequest } from "../../../functions/request/parse-request.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { recoveryOf } from "../read-only/recovery-fixture.ts";

const GROUP: GroupSummary = {
  id: "updated-1",
  kind: "updated",
  attributes: ["currency", "total"],
  keyShape: "pk=TENANT#*, sk=ORDER#*",
  count: 3,
  tenants: {},
  otherTenants: 0,
  samples: [],
  writeUnits: 3,
};
const counts = {
  ...NO_COUNTS,
  groups: [GROUP, { ...GROUP, id: "deleted-1", kind: "deleted" as const, attributes: [] }],
};

function of(change: Partial<Recovery>): Recovery {
  return {
    ...recoveryOf("look-1", "2026-11-20T03:00:00Z", [], {}, {}),
    evidence: "export",
    keySource: "evidence",
    ...change,
  };
}

describe("the requests that go on from a look", () => {
  test("are good requests as they stand", () => {
    const { thisPlan, chosenGroups } = nextRequests(of({}), Rules.parse({ damagedWhen: "true" }), counts);

    expect(parseAnyRequest(thisPlan)).toMatchObject({ plan: "look-1" });
    expect(parseAnyRequest(chosenGroups)).toMatchObject({
      table: "orders",
      evidence: { from: "look-1" },
      damagedWhen: "true",
      groups: [{ kind: "updated", attributes: ["currency", "total"] }, { kind: "deleted" }],
    });
  });

  test("look for the keys where the first one did, in the evidence of whoever had it made", () => {
    const { request } = of({});
    const keysFrom = { partition: { key: "TENANT#a" } };
    const recovery = of({ evidenceFrom: "first", request: { ...request, keysFrom, tenants: ["a"] } });

    expect(nextRequests(recovery, Rules.parse({}), counts).chosenGroups).toMatchObject({
      evidence: { from: "first" },
      keysFrom,
      tenants: ["a"],
    });
  });

  test("do not widen a list of keys, which is not kept", () => {
    expect(nextRequests(of({ keySource: "list" }), Rules.parse({}), counts)).toEqual({ thisPlan: { plan: "look-1" } });
  });
});
