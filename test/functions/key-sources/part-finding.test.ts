import { describe, expect, test } from "vitest";
import type { Evidence } from "../../../functions/evidence/evidence.ts";
import type { MergedKey } from "../../../functions/key-sources/merge-runs.ts";
import { findingOf, NOTHING_FOUND } from "../../../functions/key-sources/part-finding.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";

/** Evidence of a key's lines: `before` of the first of them; a line that says so means that nothing happened. */
const lined: Evidence = {
  kind: "export",
  start: async () => "ready",
  check: async () => "ready",
  combine: (_recovery, key, lines) =>
    lines.some(({ untouched }) => untouched)
      ? undefined
      : { key, before: null, after: { n: { N: `${lines.length}` } } },
  remove: async () => 0,
};
const { combine: _none, ...lookedUp } = lined;

const recovery = (keySource: Recovery["keySource"]) => ({ keySource }) as Recovery;
const merged = (ofSource: number, ofEvidence: number, lines: readonly object[] = []): MergedKey => ({
  fingerprint: "f",
  key: '{"pk":{"S":"a"}}',
  ofSource,
  ofEvidence,
  lines: lines.map((line) => JSON.stringify(line)),
});

function judged(key: MergedKey, keySource: Recovery["keySource"], evidence: Evidence) {
  const { entry, counted } = findingOf(key, recovery(keySource), evidence);
  return { entry, counts: counted(NOTHING_FOUND) };
}

describe("with evidence that names keys", () => {
  test("and no key source, every key with lines is in a part, with what they say together", () => {
    const { entry, counts } = judged(merged(0, 2, [{}, {}]), "evidence", lined);

    expect(entry).toMatchObject({
      key: { pk: { S: "a" } },
      images: { before: null, after: { n: { N: "2" } } },
    });
    expect(counts).toEqual({ ...NOTHING_FOUND, keys: 1 });
  });

  test("a key of the source that has no lines was not touched, and is only counted", () => {
    const { entry, counts } = judged(merged(1, 0), "list", lined);

    expect(entry).toBeUndefined();
    expect(counts).toEqual({ ...NOTHING_FOUND, untouched: 1 });
  });

  test("a key whose lines say that nothing happened is only counted", () => {
    expect(judged(merged(1, 1, [{ untouched: true }]), "s3", lined)).toMatchObject({
      entry: undefined,
      counts: { untouched: 1, keys: 0 },
    });
  });

  test("a key that the source does not name is left out, and not counted", () => {
    expect(judged(merged(0, 1, [{}]), "list", lined)).toEqual({ entry: undefined, counts: NOTHING_FOUND });
  });
});

describe("with evidence that is looked up", () => {
  test("every key of the source is in a part, without images, and its repetitions are counted", () => {
    const { entry, counts } = judged(merged(3, 0), "s3", lookedUp);

    expect(entry).toEqual({ key: { pk: { S: "a" } }, bytes: 16 });
    expect(counts).toEqual({ ...NOTHING_FOUND, keys: 1, duplicates: 2 });
  });

  test("a key that the evidence alone named is in a part as well, and counted apart", () => {
    expect(judged(merged(0, 1), "partition", lookedUp)).toMatchObject({
      entry: { key: { pk: { S: "a" } } },
      counts: { keys: 1, onlyInEvidence: 1 },
    });
  });
});
