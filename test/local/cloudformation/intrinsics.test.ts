import { describe, expect, test } from "vitest";
import {
  evaluateCondition,
  NO_VALUE,
  referencesOf,
  resolve,
  type Scope,
} from "../../../local/cloudformation/intrinsics.ts";

const scope: Scope = {
  ref: (name) => {
    if (name === "AWS::NoValue") return NO_VALUE;
    if (name === "Unknown") throw new Error("Unknown is not in the stack");
    return name === "List" ? ["a", "b", "c"] : `<${name}>`;
  },
  attribute: (id, name) => `<${id}/${name}>`,
  condition: (name) => name === "Yes",
  mapping: (map, key, name) => `${map}-${key}-${name}`,
};

describe("resolve", () => {
  test.each([
    ["plain values", { a: [1, true, null, "x"] }, { a: [1, true, null, "x"] }],
    ["Ref", { Ref: "Table" }, "<Table>"],
    ["Fn::GetAtt as a list", { "Fn::GetAtt": ["Table", "Arn"] }, "<Table/Arn>"],
    ["Fn::GetAtt as text", { "Fn::GetAtt": "Table.Stream.Arn" }, "<Table/Stream.Arn>"],
    ["Fn::Join", { "Fn::Join": [":", ["arn", { Ref: "AWS::Partition" }, 7]] }, "arn:<AWS::Partition>:7"],
    ["Fn::Join over a list", { "Fn::Join": [",", { Ref: "List" }] }, "a,b,c"],
    ["Fn::Select", { "Fn::Select": ["1", { Ref: "List" }] }, "b"],
    ["Fn::Split", { "Fn::Split": ["/", "a/b"] }, ["a", "b"]],
    ["Fn::Select of Fn::Split", { "Fn::Select": [1, { "Fn::Split": ["<", { Ref: "Table" }] }] }, "Table>"],
    ["Fn::Sub", { "Fn::Sub": "x-${AWS::Region}-${Table.Arn}-${!Literal}" }, "x-<AWS::Region>-<Table/Arn>-${Literal}"],
    ["Fn::Sub with variables", { "Fn::Sub": ["${a}${Table}", { a: { Ref: "Topic" } }] }, "<Topic><Table>"],
    ["Fn::If, true", { "Fn::If": ["Yes", { Ref: "Table" }, { Ref: "Unknown" }] }, "<Table>"],
    ["Fn::If, false", { "Fn::If": ["No", { Ref: "Unknown" }, "else"] }, "else"],
    ["Fn::FindInMap", { "Fn::FindInMap": ["Map", { Ref: "AWS::Region" }, "name"] }, "Map-<AWS::Region>-name"],
    ["AWS::NoValue in an object", { a: 1, b: { Ref: "AWS::NoValue" } }, { a: 1 }],
    ["AWS::NoValue in a list", [1, { "Fn::If": ["No", 2, { Ref: "AWS::NoValue" }] }], [1]],
    [
      "a policy statement's own Condition",
      { Condition: { StringEquals: { "aws:x": { Ref: "A" } } } },
      { Condition: { StringEquals: { "aws:x": "<A>" } } },
    ],
  ])("knows %s", (_, value, resolved) => {
    expect(resolve(value, scope)).toEqual(resolved);
  });

  test.each([
    [{ "Fn::ImportValue": "x" }, "Fn::ImportValue"],
    [{ "Fn::GetAZs": "" }, "Fn::GetAZs"],
    [{ "Fn::Base64": "x" }, "Fn::Base64"],
    [{ Ref: "A", other: 1 }, "Ref must stand alone"],
    [{ "Fn::Join": "x" }, "Fn::Join takes a list"],
    [{ "Fn::Join": [",", [{ a: 1 }]] }, "Fn::Join takes text"],
    [{ "Fn::Select": [9, ["a"]] }, "no element 9"],
    [{ Ref: "Unknown" }, "Unknown is not in the stack"],
  ])("refuses %j and says %s", (value, message) => {
    expect(() => resolve(value, scope)).toThrow(message);
  });
});

describe("evaluateCondition", () => {
  test.each([
    [{ "Fn::Equals": [{ Ref: "A" }, "<A>"] }, true],
    [{ "Fn::Equals": ["a", "b"] }, false],
    [{ "Fn::Not": [{ "Fn::Equals": ["a", "b"] }] }, true],
    [{ "Fn::And": [{ Condition: "Yes" }, { Condition: "No" }] }, false],
    [{ "Fn::Or": [{ Condition: "Yes" }, { Condition: "No" }] }, true],
  ])("%j is %s", (expression, result) => {
    expect(evaluateCondition(expression, scope)).toBe(result);
  });

  test("refuses what is neither true nor false", () => {
    expect(() => evaluateCondition("yes", scope)).toThrow('true or false, not "yes"');
  });
});

test("referencesOf finds every name, in both branches of an Fn::If and inside Fn::Sub, but no variable of it", () => {
  const value = {
    a: { Ref: "A" },
    b: [{ "Fn::GetAtt": ["B", "Arn"] }, { "Fn::GetAtt": "C.Arn" }],
    c: { "Fn::If": ["Yes", { Ref: "D" }, { Ref: "E" }] },
    d: { "Fn::Sub": ["${F.Arn} ${local} ${!G}", { local: { Ref: "H" } }] },
    e: { "Fn::Sub": "${I}" },
  };

  expect([...referencesOf(value)].sort()).toEqual(["A", "B", "C", "D", "E", "F", "H", "I"]);
});
