import { describe, expect, it } from "vitest";
import type { Rules } from "../../../functions/contracts.ts";
import { questionsOf } from "../../../functions/plan/questions.ts";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";

const RULES: Rules = { conflicts: "skip", created: "report" };

/** A recovery that decides items which `night-0` left, or one that executes the stored plan of such a one. */
function recoveryOf(recoveryId: string, planFrom?: string): Recovery {
  return {
    recoveryId,
    keySource: "list",
    keySchema: { attributes: [{ name: "pk", type: "S", role: "HASH" }] },
    request: { table: "orders", evidence: { from: "night-0" } },
    ...(planFrom === undefined ? {} : { planFrom }),
  } as unknown as Recovery;
}

function depsWith(recoveries: readonly Recovery[], requests: Readonly<Record<string, unknown>>): Dependencies {
  const load = async (id: string) => recoveries.find(({ recoveryId }) => recoveryId === id);
  const getJson = async (id: string) => requests[id];
  return { recoveries: { load }, artifacts: { getJson } } as unknown as Dependencies;
}

describe("the decisions of a follow-up", () => {
  const decisions = [{ key: { pk: "a" }, decision: "keep" }];
  const first = recoveryOf("first");
  const second = recoveryOf("second", "first");
  const third = recoveryOf("third", "second");
  const deps = depsWith([first, second, third], {
    first: { table: "orders", evidence: { from: "night-0" }, decisions },
    second: { plan: "first" },
    third: { plan: "second" },
  });

  it.each([
    ["its own", first],
    ["the stored plan's", second],
    ["those of a stored plan that was stored again", third],
  ])("are %s", async (_whose, recovery) => {
    const { decisionOf } = await questionsOf(recovery, RULES, deps);

    expect(decisionOf({ pk: { S: "a" } })).toEqual({ decision: "keep" });
    expect(decisionOf({ pk: { S: "b" } })).toBeUndefined();
  });
});
