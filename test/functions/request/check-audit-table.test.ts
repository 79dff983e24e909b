import { describe, expect, it } from "vitest";
import { checkKeySource } from "../../../functions/request/check-key-source.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import { answeringClient, awsError } from "./answering-client.ts";
import { requestWith, tableWith } from "./fixtures.ts";

const STARTED = new Date("2026-11-20T12:00:00Z");
const DAY = 86_400;

const GOOD = {
  TableStatus: "ACTIVE",
  KeySchema: [{ AttributeName: "hour" }, { AttributeName: "change" }],
  CreationDateTime: new Date("2026-01-01T00:00:00Z"),
};

function check(described: object | undefined, { ageDays = 2, auditTable = "orders-audit" as string | undefined } = {}) {
  const dynamodb = answeringClient<Aws["dynamodb"]>({
    DescribeTable: () => {
      if (!described) throw awsError("ResourceNotFoundException");
      return { Table: { ...GOOD, ...described } };
    },
  });
  return checkKeySource(
    requestWith({ keysFrom: { audit: {} } }),
    tableWith(auditTable === undefined ? {} : { auditTable }),
    { badSince: STARTED.getTime() / 1000 - ageDays * DAY, startedAt: STARTED },
    { dynamodb } as Aws,
  );
}

describe("an audit table", () => {
  it("that was there when the incident began is good", async () => {
    await check({});
    await check({ TableStatus: "UPDATING" });
    await check({}, { ageDays: 34.9 });
  });

  it("must be named for the table", async () => {
    const dynamodb = {} as Aws["dynamodb"];
    const asked = checkKeySource(
      requestWith({ keysFrom: { audit: {} } }),
      tableWith({}),
      { badSince: 0, startedAt: STARTED },
      { dynamodb } as Aws,
    );

    await expect(asked).rejects.toThrow(/asks for an audit table, and none is named: deploy an AuditLog of the kit/);
  });

  it.each([
    ["must be there", undefined, /needs audit table "orders-audit", which is not there/],
    ["must be ready", { TableStatus: "CREATING" }, /which is CREATING: wait until it is ACTIVE/],
    ["must be one", { KeySchema: [{ AttributeName: "pk" }] }, /whose keys \(pk\) are not those of an AuditLog/],
    [
      "must be older than the incident",
      { CreationDateTime: new Date("2026-11-19T12:00:00Z") },
      /back to 2026-11-18T12:00:00Z, and the first can be of 2026-11-19T12:00:00Z/,
    ],
  ] as const)("%s", async (_what, described, message) => {
    await expect(check(described)).rejects.toMatchObject({ name: "InvalidRequest", message });
  });

  it("is asked for no time of which it may have deleted its records", async () => {
    await expect(check({}, { ageDays: 34.99 })).rejects.toThrow(/only those of 35 days are sure to be kept/);
  });
});
