import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FlagLedger, nextLedger, settledLedger } from "../../../functions/read-only/flag-ledger.ts";
import { type FlagScope, parseFlag } from "../../../functions/read-only/flag-value.ts";

test.each([
  ["none", []],
  ["all", "all"],
  ["a", ["a"]],
  [" a , b,a", ["a", "b"]],
  ["", undefined],
  ["a,,b", undefined],
  ["a,none", undefined],
  ["all,b", undefined],
])("a flag that holds %j is read as %j", (text, scope) => {
  expect(parseFlag(text)).toEqual(scope);
});

/** The parameter and its ledger, as recoveries and people change them one after the other. */
class SharedFlag {
  ledger: FlagLedger | undefined;
  value: string;

  #writers = 0;

  constructor(value: string) {
    this.value = value;
  }

  raise(id: string, scope: FlagScope, killedBeforeWriting = false) {
    return this.#step((claims) => ({ ...claims, [id]: scope }), killedBeforeWriting);
  }

  lower(id: string, killedBeforeWriting = false) {
    return this.#step(({ [id]: _gone, ...others }) => others, killedBeforeWriting);
  }

  #step(change: (claims: FlagLedger["claims"]) => FlagLedger["claims"], killed: boolean) {
    this.#writers += 1;
    const writer = { id: `writer-${this.#writers}`, now: new Date(this.#writers) };
    this.ledger = nextLedger(this.ledger, this.value, change, writer);
    if (killed) return this;
    this.value = this.ledger.value;
    this.ledger = settledLedger(this.ledger, writer);
    return this;
  }
}

describe("a flag that several recoveries share", () => {
  test("`all` of one does not swallow the tenants of another", () => {
    const flag = new SharedFlag("none").raise("one", ["a"]).raise("two", "all");
    expect(flag.value).toBe("all");

    expect(flag.lower("two").value).toBe("a");
    expect(flag.lower("one").value).toBe("none");
  });

  test("tenants that another one thawed under `all` do not come back", () => {
    const flag = new SharedFlag("none").raise("one", ["a"]).raise("two", "all").lower("one");
    expect(flag.value).toBe("all");

    expect(flag.lower("two").value).toBe("none");
  });

  test("`all` that was there before stays", () => {
    expect(new SharedFlag("all").raise("one", "all").lower("one").value).toBe("all");
    expect(new SharedFlag("all").raise("one", ["a"]).lower("one").value).toBe("all");
  });

  test("a tenant that was there before stays when the recovery had it too", () => {
    expect(new SharedFlag("b, a").raise("one", ["a", "c"]).lower("one").value).toBe("b, a");
  });

  test("what somebody adds or takes out by hand meanwhile is taken up", () => {
    const flag = new SharedFlag("a,b").raise("one", ["c"]);
    flag.value = "b,c,d";

    expect(flag.raise("two", ["e"]).value).toBe("b,d,c,e");
    expect(flag.lower("one").lower("two").value).toBe("b,d");
  });

  test("`all` that somebody sets by hand meanwhile stays", () => {
    const flag = new SharedFlag("none").raise("one", ["a"]);
    flag.value = "all";

    expect(flag.lower("one").value).toBe("all");
  });

  test("lowering that was killed before the parameter was written does not take its own `all` for somebody else's", () => {
    const flag = new SharedFlag("none").raise("one", "all").lower("one", true);
    expect(flag.value).toBe("all");

    expect(flag.lower("one").value).toBe("none");
  });

  test("whatever recoveries do in whatever order, killed or not, the last lowering gives back what was there", () => {
    const scope = fc.oneof(
      fc.constant<FlagScope>("all"),
      fc.uniqueArray(fc.constantFrom("a", "b", "c"), { minLength: 1 }),
    );
    const act = fc.record({
      id: fc.constantFrom("one", "two", "three"),
      scope: fc.option(scope),
      killed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.constantFrom("none", "all", "a", " c,b"), fc.array(act, { maxLength: 12 }), (before, acts) => {
        const flag = new SharedFlag(before);
        for (const { id, scope, killed } of acts)
          if (scope) flag.raise(id, scope, killed);
          else flag.lower(id, killed);
        for (const id of ["one", "two", "three"]) flag.lower(id);
        expect(flag.value).toBe(before);
      }),
      { numRuns: 2000 },
    );
  });
});
