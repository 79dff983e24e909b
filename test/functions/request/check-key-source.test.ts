import { describe, expect, it } from "vitest";
import { checkKeySource } from "../../../functions/request/check-key-source.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import { answeringClient } from "./answering-client.ts";
import { requestWith, tableWith } from "./fixtures.ts";

const STARTED = new Date("2026-11-20T03:00:00Z");
const BAD_SINCE = Date.UTC(2026, 10, 18, 12) / 1000;
const times = { badSince: BAD_SINCE, startedAt: STARTED };

interface Group {
  readonly name: string;
  readonly created?: string;
  readonly days?: number;
}

function awsWith(...groups: readonly Group[]): Aws {
  const logs = answeringClient({
    DescribeLogGroups: ({ logGroupNamePrefix }: { logGroupNamePrefix: string }) => ({
      logGroups: groups
        .filter(({ name }) => name.startsWith(logGroupNamePrefix))
        .map(({ name, created = "2026-01-01T00:00:00Z", days }) => ({
          logGroupName: name,
          creationTime: Date.parse(created),
          retentionInDays: days,
        })),
    }),
  });
  return { logs } as Aws;
}

const table = tableWith({ changeLogGroups: ["/orders"] });
const fromLogs = requestWith({ keysFrom: { logs: {} } });

describe("keysFrom.logs", () => {
  it.each([
    ["keeps all lines", [{ name: "/orders" }]],
    ["keeps lines long enough", [{ name: "/orders", days: 3 }]],
    ["began before the incident", [{ name: "/orders", created: "2026-11-18T11:59:59Z" }]],
  ] as const)("is taken where the log group %s", async (_why, groups) => {
    await expect(checkKeySource(fromLogs, table, times, awsWith(...groups))).resolves.toBeUndefined();
  });

  it.each([
    ["is not there", [{ name: "/orders-2" }], /needs log group "\/orders", which is not there/],
    [
      "keeps lines too short a time",
      [{ name: "/orders", days: 1 }],
      /back to 2026-11-18T12:00:00Z, and it keeps its lines for 1 days only/,
    ],
    [
      "was made after the incident began",
      [{ name: "/orders", created: "2026-11-18T12:00:01Z" }],
      /the first line can be of 2026-11-18T12:00:01Z/,
    ],
  ] as const)("is refused where the log group %s", async (_why, groups, message) => {
    const checked = checkKeySource(fromLogs, table, times, awsWith(...groups));

    await expect(checked).rejects.toMatchObject({ name: "InvalidRequest", message });
  });

  it("is refused for a table without a change log, and says where to name one", async () => {
    const checked = checkKeySource(fromLogs, tableWith(), times, awsWith());

    await expect(checked).rejects.toThrow(/"changeLogGroups" in backstitch.config.ts/);
  });

  it("may have groups that are younger than the incident, beside one that is not", async () => {
    const both = tableWith({ changeLogGroups: ["/orders", "/new"] });
    const aws = awsWith({ name: "/orders" }, { name: "/new", created: "2026-11-19T00:00:00Z" });

    await expect(checkKeySource(fromLogs, both, times, aws)).resolves.toBeUndefined();
  });
});

it("asks nobody for a request that needs neither logs nor audit records", async () => {
  await expect(checkKeySource(requestWith({}), table, times, {} as Aws)).resolves.toBeUndefined();
});
