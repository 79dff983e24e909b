/** Two recoveries of two tables that share one flag, one coming between every call of the other. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FlagScope } from "../../../functions/read-only/flag-value.ts";
import type { GuardSubject } from "../../../functions/read-only/guard.ts";
import { subjectOf } from "../../../functions/read-only/guard.ts";
import { ssmFlag } from "../../../functions/read-only/ssm-flag.ts";
import { GuardedWorld } from "./guarded-world.ts";
import { interleave } from "./interleave.ts";

/** As a person wrote it: what comes back in another form was not given back. */
const BY_HAND = " zeta , beta";

let world: GuardedWorld;
beforeEach(async () => {
  world = await GuardedWorld.start();
});
afterEach(() => world.close());

let recoveries = 0;
async function subject(tableName: string, scope: FlagScope): Promise<GuardSubject> {
  recoveries += 1;
  const recovery = await world.begin(`recovery-${recoveries}`, {
    guards: ["ssm-flag"],
    table: { tableName },
    ...(scope === "all" ? {} : { request: { tenants: [...scope] } }),
  });
  return subjectOf(recovery);
}

const raise = (one: GuardSubject) => ssmFlag.raise(one, world.deps);
const lower = (one: GuardSubject) => ssmFlag.lower(one, world.deps);
const isUp = async (one: GuardSubject) => (await ssmFlag.isUp(one, world.deps)).up;

const SCOPES: readonly (readonly [FlagScope, FlagScope])[] = [
  [["acme"], "all"],
  [["acme"], ["acme", "beta"]],
];

test.each(
  (["raise", "lower"] as const).flatMap((first) =>
    (["raise", "lower"] as const).flatMap((second) =>
      SCOPES.map((scopes) => ({ first, second, scopes, says: scopes.map(String).join(" and ") })),
    ),
  ),
)(
  "of $says: while one is to $first, the other's $second at any call loses nothing",
  async ({ first, second, scopes }) => {
    for (let nth = 1; ; nth++) {
      await world.setFlag(BY_HAND);
      const [a, b] = [await subject("orders", scopes[0]), await subject("invoices", scopes[1])];
      // Raised before, in both orders over the calls.
      const before = [...(first === "lower" ? [a] : []), ...(second === "lower" ? [b] : [])];
      for (const one of nth % 2 === 0 ? before : before.reverse()) await raise(one);

      const [doFirst, doSecond] = [first === "raise" ? raise : lower, second === "raise" ? raise : lower];
      const { interrupted, call, ...ended } = await interleave(
        world,
        () => doFirst(a),
        () => doSecond(b),
        { nth },
      );

      const where = `before call ${nth} (${call}) the flag is "${await world.flag()}"`;
      expect([ended.first.status, ended.second.status], where).toEqual(["fulfilled", "fulfilled"]);
      if (first === "raise") expect(await isUp(a), where).toBe(true);
      if (second === "raise" && interrupted) expect(await isUp(b), where).toBe(true);
      await lower(nth % 3 === 0 ? a : b);
      await lower(nth % 3 === 0 ? b : a);
      expect(await world.flag(), where).toBe(BY_HAND);
      if (!interrupted) break;
    }
  },
);
