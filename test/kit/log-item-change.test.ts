import { Logger } from "@aws-lambda-powertools/logger";
import { afterEach, expect, it, vi } from "vitest";
import { logItemChange } from "../../kit/index.ts";

afterEach(() => vi.restoreAllMocks());

const CHANGE = { table: "orders", key: { pk: "TENANT#a", sk: 1 }, action: "update" } as const;
const LINE = { kind: "item-change", table: "orders", key: { pk: { S: "TENANT#a" }, sk: { N: "1" } }, action: "update" };

it("writes one line of JSON to standard output, so that nothing stands before it", () => {
  const written: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);

  logItemChange(CHANGE);

  expect(written).toHaveLength(1);
  expect(written[0]?.endsWith("}\n")).toBe(true);
  expect(JSON.parse(written[0] ?? "")).toEqual(LINE);
});

it("says who wrote and for whom, where it is told", () => {
  const lines: string[] = [];

  logItemChange({ ...CHANGE, writer: "release-7", tenant: "a" }, (line) => lines.push(line));
  logItemChange({ ...CHANGE, writer: undefined, tenant: undefined }, (line) => lines.push(line));

  expect(lines.map((line) => JSON.parse(line))).toEqual([{ ...LINE, writer: "release-7", tenant: "a" }, LINE]);
});

it("gives a Powertools logger the same fields at the top of its line", () => {
  const written: string[] = [];
  const logger = new Logger({ serviceName: "orders" });
  vi.spyOn((logger as unknown as { console: Console }).console, "info").mockImplementation((line) => {
    written.push(String(line));
  });

  logItemChange(CHANGE, logger);

  expect(JSON.parse(written[0] ?? "")).toMatchObject({ ...LINE, service: "orders", message: "item changed" });
});

it("keeps every digit, every byte and every type of a key", () => {
  const lines: string[] = [];
  const write = (key: Parameters<typeof logItemChange>[0]["key"]) =>
    logItemChange({ ...CHANGE, key }, (line) => lines.push(line));
  const digits = "12345678901234567890123456789012345678";

  write({ pk: { N: digits }, sk: { B: Uint8Array.from([0, 255]) } });
  write({ pk: BigInt(digits), sk: Uint8Array.from([0, 255]) });
  write({ pk: { S: digits } });

  expect(lines.map((line) => JSON.parse(line).key)).toEqual([
    { pk: { N: digits }, sk: { B: "AP8=" } },
    { pk: { N: digits }, sk: { B: "AP8=" } },
    { pk: { S: digits } },
  ]);
});

it("refuses a whole item, and what no key is like, without repeating a value", () => {
  const write = (key: object) => () => logItemChange({ ...CHANGE, key: key as Record<string, string> }, () => {});

  expect(write({ pk: "a", sk: "b", total: "secret" })).toThrow(/key of 3 attributes for table "orders"/);
  expect(write({})).toThrow(/key of 0 attributes/);
  expect(write({ pk: { BOOL: true } })).toThrow(/attribute "pk" is neither/);
  expect(write({ pk: null })).toThrow(/attribute "pk" is neither/);
  expect(write({ pk: "a", sk: "b", total: "secret" })).not.toThrow(/secret/);
});
