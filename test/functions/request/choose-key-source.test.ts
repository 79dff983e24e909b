import { expect, it } from "vitest";
import type { EvidenceKind, KeySourceKind, KeysFrom } from "../../../functions/contracts.ts";
import { chooseKeySource } from "../../../functions/request/choose-key-source.ts";
import { parseRequest } from "../../../functions/request/parse-request.ts";

const request = (more: object = {}) => parseRequest({ table: "orders", badSince: "2026-11-20T02:20:00Z", ...more });

it.each<[KeysFrom, EvidenceKind, KeySourceKind]>([
  [{ s3: { key: "uploads/keys.csv" } }, "restore", "s3"],
  [{ partition: { key: "a" } }, "restore", "partition"],
  [{ partition: { key: "a" } }, "export", "evidence"],
  [{ logs: {} }, "export", "logs"],
  [{ audit: {} }, "restore", "audit"],
  [{ timestamp: { attribute: "updatedAt", format: "iso" } }, "export", "timestamp"],
  [{ compare: {} }, "restore", "compare"],
])("keysFrom %j with evidence %s: %s", (keysFrom, evidence, source) => {
  expect(chooseKeySource(request({ keysFrom }), evidence)).toBe(source);
});

it.each<[EvidenceKind, KeySourceKind]>([
  ["restore", "compare"],
  ["export", "evidence"],
  ["none", "evidence"],
])("nobody names keys, evidence %s: %s", (evidence, source) => {
  expect(chooseKeySource(request(), evidence)).toBe(source);
});

it("keys of the request are a list, whatever the evidence", () => {
  expect(chooseKeySource(request({ keys: [{ pk: "a" }] }), "export")).toBe("list");
});

it("exports are not compared, also where they are those of an earlier recovery", () => {
  expect(() => chooseKeySource(request({ keysFrom: { compare: {} } }), "export")).toThrow(
    /evidence is of kind export: leave "keysFrom" out/,
  );
});
