import { describe, expect, it } from "vitest";
import { checkForm } from "../../../functions/request/check-form.ts";
import { parseAnyRequest } from "../../../functions/request/parse-request.ts";
import { InvalidRequest } from "../../../functions/runtime/errors.ts";

function nested(levels: number): unknown {
  let value: unknown = "bottom";
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

function refusalOf(json: string): string {
  try {
    parseAnyRequest(JSON.parse(json));
  } catch (error) {
    if (error instanceof InvalidRequest) return error.message;
    throw error;
  }
  throw new Error("The request was accepted.");
}

const good = '"table":"orders","badSince":"1h ago"';

describe("a request is refused by its form alone", () => {
  it("when it is nested deeper than any field", () => {
    expect(refusalOf(`{${good},"keys":${"[".repeat(20_000)}${"]".repeat(20_000)}}`)).toMatch(
      /^Field "keys\.0\.0[.0]*" has more than 20 levels of lists and objects in it/,
    );
    expect(() => checkForm({ keys: nested(18) })).not.toThrow();
  });

  it("when it is longer than what an execution takes", () => {
    expect(refusalOf(JSON.stringify({ table: "orders", reason: "x".repeat(262_144) }))).toContain(
      "The request has more than 262144 bytes",
    );
  });

  it.each([
    ["a value", `{${good},"tenants":["\\ud800"]}`, 'Field "tenants.0" is "\\ud800", which holds half of a character'],
    ["a name", `{${good},"attributes":{"set":{"a\\udc00":"1"}}}`, 'Field "attributes.set.a\\udc00"'],
  ])("when %s holds half of a character", (_what, json, says) => {
    expect(refusalOf(json)).toContain(says);
  });

  it("when a name is one that objects have already, which would be lost", () => {
    expect(refusalOf(`{${good},"attributes":{"set":{"__proto__":"1"}}}`)).toContain(
      'Field "attributes.set.__proto__" is called "__proto__"',
    );
  });

  it("when a number is beyond what a double holds", () => {
    expect(refusalOf(`{${good},"keys":[{"pk":1e999}]}`)).toContain('Field "keys.0.pk" is a number beyond 1.8e308');
  });
});

describe("a refusal stays short", () => {
  it.each([
    ["thousands of unknown fields", Object.fromEntries(Array.from({ length: 9000 }, (_, index) => [`a${index}`, 1]))],
    ["an endless name", { ["x".repeat(200_000)]: 1 }],
    ["thousands of wrong keys", { keys: Array(9000).fill(7) }],
    ["thousands of wrong actions", { keysFrom: { audit: { actions: Array(9000).fill("destroy") } } }],
  ])("with %s", (_what, change) => {
    const message = refusalOf(JSON.stringify({ table: "orders", badSince: "1h ago", ...change }));

    expect(message.length).toBeLessThan(3000);
  });

  it("names five unknown fields and counts the others", () => {
    const message = refusalOf(`{${good},"a1":1,"a2":1,"a3":1,"a4":1,"a5":1,"a6":1,"a7":1}`);

    expect(message).toContain('Field "a5" (1)');
    expect(message).not.toContain('Field "a6"');
    expect(message).toContain("And 2 more such faults.");
  });

  it("shows a terminal no control characters of a name", () => {
    expect(refusalOf(`{${good},"\\u001b[31mred":1}`)).toContain('Field "\\u001b[31mred" (1) is not known');
  });
});
