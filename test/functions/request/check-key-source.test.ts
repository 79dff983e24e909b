import { describe, expect, it } from "vitest";
import { checkKeySource } from "../../../functions/request/check-key-source.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import { answeringClient } from "./answering-client.ts";
import { requestWith, tableWith } from "./fixtures.ts";

const STARTED = new Date("2026-11-20T12:00:00Z");
const DAY = 86_400;
const now = STARTED.getTime() / 1000;

interface Group {
  readonly logGroupName: string;
  readonly creationTime: number;
  readonly retentionInDays?: number;
}

function group(logGroupName: string, retentionInDays?: number, ageDays = 400): Group {
  const creationTime = (now - ageDays * DAY) * 1000;
  return { logGroupName, creationTime, ...(retentionInDays === undefined ? {} : { retentionInDays }) };
}

async function check(
  { groups, named, ageDays = 2 }: { groups: readonly Group[]; named: readonly string[]; ageDays?: number },
  keysFrom: object = { logs: {} },
): Promise<unknown[]> {
  const asked: unknown[] = [];
  const logs = answeringClient<Aws["logs"]>(
    {
      // One a page: whoever reads the first page only misses a name that is the beginning of others.
      DescribeLogGroups: ({ logGroupNamePrefix: prefix, nextToken = "0" }: Record<string, string>) => {
        const found = groups.filter(({ logGroupName }) => logGroupName.startsWith(prefix ?? ""));
        const next = Number(nextToken) + 1;
        return {
          logGroups: found.slice(next - 1, next),
          ...(next < found.length ? { nextToken: String(next) } : {}),
        };
      },
    },
    asked,
  );
  await checkKeySource(
    requestWith({ keysFrom }),
    tableWith({ changeLogGroups: named }),
    { badSince: now - ageDays * DAY, startedAt: STARTED },
    { logs } as Aws,
  );
  return asked;
}

describe("a change log", () => {
  it("that reaches back to the incident is good, also where its lines are kept for ever", async () => {
    await check({ groups: [group("/orders"), group("/orders2", 3)], named: ["/orders", "/orders2"] });
  });

  it("is found behind groups whose names begin like its own", async () => {
    const groups = [group("/orders/changes-old"), group("/orders/changes-test"), group("/orders/changes")];

    expect(await check({ groups, named: ["/orders/changes"] })).toHaveLength(3);
  });

  it("must be named for the table", async () => {
    await expect(check({ groups: [], named: [] })).rejects.toThrow(
      /"keysFrom.logs" of table "orders" asks for a change log, and none is named: name its log groups as "changeLogGroups"/,
    );
  });

  it("must be there", async () => {
    await expect(check({ groups: [group("/orders2")], named: ["/orders"] })).rejects.toThrow(
      /needs log group "\/orders", which is not there/,
    );
  });

  it("must keep its lines since the incident, every group of it, until they are read", async () => {
    const groups = [group("/orders"), group("/short", 3)];

    await check({ groups, named: ["/orders", "/short"], ageDays: 2.9 });
    for (const ageDays of [3.1, 2.99])
      await expect(check({ groups, named: ["/orders", "/short"], ageDays })).rejects.toThrow(
        /needs log group "\/short" back to 2026-11-17T.*, and it keeps its lines for 3 days only/,
      );
  });

  it("must have begun before the incident, at least one group of it", async () => {
    const [old, young] = [group("/orders"), group("/young", undefined, 1)];

    await check({ groups: [old, young], named: ["/orders", "/young"] });
    await expect(check({ groups: [young], named: ["/young"] })).rejects.toThrow(
      /needs a change log back to 2026-11-18T12:00:00Z, and the first line can be of 2026-11-19T12:00:00Z/,
    );
  });
});

it("nothing is asked of CloudWatch Logs for other key sources", async () => {
  expect(await check({ groups: [], named: [] }, { partition: { key: "a" } })).toEqual([]);
});
