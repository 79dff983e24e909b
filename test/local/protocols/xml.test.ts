import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementsOf, parseXml, textOf, xmlDocument } from "../../../local/protocols/xml.ts";

describe("XML", () => {
  it("repeats the element of an array and leaves out what is undefined", () => {
    const text = xmlDocument("Root", "urn:x", {
      Item: [{ a: 1 }, { a: true }],
      None: [],
      Left: undefined,
      At: new Date(0),
    });

    expect(text).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Root xmlns="urn:x"><Item><a>1</a></Item><Item><a>true</a></Item><At>1970-01-01T00:00:00.000Z</At></Root>',
    );
  });

  it("reads back any text that it wrote", () => {
    // XML cannot hold NUL and lone surrogates, nor U+FFFE and U+FFFF; S3 keys and IAM names do not need them.
    const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((one) => !/[\0\ufffe\uffff]|\p{Cs}/u.test(one));

    fc.assert(
      fc.property(text, (value) => {
        const [root] = elementsOf(parseXml(xmlDocument("Root", undefined, { Key: value })), "Root");
        expect(textOf(root, "Key")).toBe(value);
      }),
    );
  });

  it("keeps numbers as text and gives lists even for one element", () => {
    const [root] = elementsOf(parseXml("<Delete><Object><Key>007</Key></Object></Delete>"), "Delete");

    expect(elementsOf(root, "Object").map((object) => textOf(object, "Key"))).toEqual(["007"]);
    expect(elementsOf(root, "None")).toEqual([]);
  });
});
