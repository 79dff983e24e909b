import { describe, expect, it } from "vitest";
import { checkAttributes } from "../../../functions/request/check-attributes.ts";
import { requestWith, schema, tableWith } from "./fixtures.ts";

describe("attributes of a request", () => {
  it.each([
    [{}],
    [{ attributes: { only: ["total"], except: ["note"] } }],
    [{ groups: [{ kind: "updated", attributes: ["total", "note"], revert: ["total"] }, { kind: "deleted" }] }],
  ])("%j fit", (fields) => {
    expect(() =>
      checkAttributes(requestWith({ keys: [{ pk: "a" }], ...fields }), schema("S"), tableWith()),
    ).not.toThrow();
  });

  it.each([
    [
      { attributes: { only: ["a"], except: ["b", "a"] } },
      'Attribute "a" is in "attributes.only" and in "attributes.except"',
    ],
    [{ attributes: { only: ["pk"] } }, '"attributes.only" has "pk", which is a key attribute'],
    [{ attributes: { only: ["version"] } }, "which is the versionAttribute"],
    [{ groups: [{ kind: "updated", attributes: ["a"], revert: ["b"] }] }, "not among the group's attributes (a)"],
    [{ groups: [{ kind: "updated", attributes: ["version"], revert: ["version"] }] }, "which is the versionAttribute"],
    [{ groups: [{ kind: "updated" }] }, 'Field "groups.0.attributes" is empty'],
    [{ groups: [{ kind: "deleted", revert: ["a"] }] }, 'the group\'s kind is "deleted"'],
  ])("%j are refused", (fields, message) => {
    const request = requestWith({ keys: [{ pk: "a" }], ...fields });

    expect(() => checkAttributes(request, schema("S"), tableWith())).toThrow(message);
  });
});
