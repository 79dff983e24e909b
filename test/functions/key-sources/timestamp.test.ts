import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectKeys } from "../../../functions/collect-keys.ts";
import type { LastUpdated } from "../../../functions/contracts.ts";
import type { Item } from "../../../functions/items/item.ts";
import type { KeysRecord } from "../../../functions/key-sources/key-parts.ts";
import { listParts } from "../../../functions/list-parts.ts";
import { BEGIN, RecoveryWorld } from "../evidence/recovery-world.ts";

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.start();
  await world.createTable("orders", [
    ["pk", "S"],
    ["sk", "N"],
  ]);
});
afterEach(() => world.close());

/** The last good second: 02:10:00 UTC. */
const SINCE = BEGIN + 601;
const step = { recoveryId: "r-1", table: "orders" };

/** Sort keys of the items that are found, of items that hold these times. */
async function found(attribute: string, format: LastUpdated["format"], times: readonly Item[]): Promise<string[]> {
  for (const [index, time] of times.entries())
    await world.put("orders", { ...time, pk: { S: "TENANT#a" }, sk: time.sk ?? { N: String(index) } });
  const { request } = await world.recover({ keySource: "timestamp" });
  await world.recover({
    keySource: "timestamp",
    request: { ...request, keysFrom: { timestamp: { attribute, format } } },
  });
  await collectKeys({ ...step, slice: 0 }, world.deps);
  const { parts } = await listParts(step, world.deps);
  if (parts === 0) return [];
  const { keys } = await world.deps.artifacts.getJson<{ keys: { sk: { N: string } }[] }>("r-1", "keys/00001.json");
  return keys.map(({ sk }) => sk.N).sort((a, b) => Number(a) - Number(b));
}

const at = (value: Item[string]): Item => ({ updatedAt: value });

describe("items written since the incident began", () => {
  it("are told by ISO times, however they are written", async () => {
    const times = [
      "2026-11-20T02:10:01Z",
      "2026-11-20T02:10:01.000Z",
      "2026-11-20T03:10:01+01:00",
      "2026-11-19T20:10:01-06:00",
      "2026-11-20T02:09:02Z",
      "2026-11-21T00:00:00Z",
      "2026-11-20T02:09:00Z",
      "2026-11-20T03:09:00+01:00",
      "2026-11-19T20:09:00-06:00",
      "2026-11-19T13:00:00Z",
    ];

    expect(
      await found(
        "updatedAt",
        "iso",
        times.map((S) => at({ S })),
      ),
    ).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  it("may be those whose time has no zone, is a mere day, or is no time", async () => {
    const times = [
      "2026-11-20 02:10:01",
      "2026-11-20T01:00:00",
      "2026-11-20",
      "never",
      "2026-11-18",
      "2025-11-20 02:10",
    ];

    expect(
      await found(
        "updatedAt",
        "iso",
        times.map((S) => at({ S })),
      ),
    ).toEqual(["0", "1", "2", "3"]);
  });

  it("are told by epoch seconds, a minute of the clocks included", async () => {
    const times = [SINCE, SINCE + 86_400, SINCE - 60, SINCE - 61, 0];

    expect(
      await found(
        "updatedAt",
        "epochSeconds",
        times.map((second) => at({ N: String(second) })),
      ),
    ).toEqual(["0", "1", "2"]);
  });

  it("are told by epoch milliseconds, and looked at where somebody wrote seconds", async () => {
    const times = [SINCE * 1000, (SINCE - 60) * 1000, (SINCE - 61) * 1000, SINCE - 4000];

    expect(
      await found(
        "updatedAt",
        "epochMilliseconds",
        times.map((time) => at({ N: String(time) })),
      ),
    ).toEqual(["0", "1", "3"]);
  });

  it("may be those whose time the bug made another type, but not those without a time", async () => {
    const times = [at({ N: "1" }), at({ NULL: true }), at({ S: "2026-11-19T02:00:00Z" }), { other: { S: "x" } }];

    expect(await found("updatedAt", "iso", times)).toEqual(["0", "1"]);
  });

  it("are told by an attribute of the key", async () => {
    const times = [{ sk: { N: String(SINCE) } }, { sk: { N: String(SINCE - 100) } }];

    expect(await found("sk", "epochSeconds", times)).toEqual([String(SINCE)]);
  });
});

it("says what it can't see", async () => {
  await found("updatedAt", "iso", [at({ S: "2026-11-20T02:10:01Z" })]);

  expect((await world.deps.recoveries.get<KeysRecord>("r-1", "keys"))?.blindSpot).toMatch(
    /neither items that were deleted nor those without "updatedAt"/,
  );
});
