import { expect, it } from "vitest";
import { checkSize } from "../../../functions/request/check-size.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";

it("a request that can't be recorded is refused before the table is taken, with its longest field", () => {
  const groups = Array.from({ length: 9000 }, () => ({ kind: "created", attributes: [] }));
  const recovery = { request: { table: "orders", tenants: ["acme"], groups } } as unknown as Recovery;

  expect(() => checkSize(recovery)).toThrow(
    /takes 3\d{5} bytes, and 300000 can be recorded: field "groups" is the longest/,
  );
  expect(() =>
    checkSize({ ...recovery, request: { ...recovery.request, groups: groups.slice(0, 100) } } as Recovery),
  ).not.toThrow();
});
