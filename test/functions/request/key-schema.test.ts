import { describe, expect, it } from "vitest";
import { schema } from "./fixtures.ts";

describe("the key schema of a table", () => {
  it("has the key attributes alone, with type and role", () => {
    expect(schema("N").attributes).toEqual([
      { name: "pk", type: "S", role: "HASH" },
      { name: "sk", type: "N", role: "RANGE" },
    ]);
  });
});
