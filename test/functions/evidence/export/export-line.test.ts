import { describe, expect, it } from "vitest";
import { parseExportLine } from "../../../../functions/evidence/export/export-line.ts";
import { decodeItem } from "../../../../functions/items/item-json.ts";
import type { KeySchema } from "../../../../functions/items/key.ts";
import { ExportFailed } from "../../../../functions/runtime/errors.ts";

const SCHEMA: KeySchema = {
  attributes: [
    { name: "pk", type: "S", role: "HASH" },
    { name: "sk", type: "B", role: "RANGE" },
  ],
};
const MICROS = 1_795_140_000_000_001;
const KEYS = { pk: { S: "a" }, sk: { B: "AP8=" } };

function line(change: object = {}): string {
  return JSON.stringify({ Metadata: { WriteTimestampMicros: String(MICROS) }, Keys: KEYS, ...change });
}

describe("a line of an incremental export", () => {
  it("gives key, both images and the time of the last write", () => {
    const [before, after] = [
      { ...KEYS, total: { N: "1" } },
      { ...KEYS, total: { N: "2" } },
    ];

    expect(parseExportLine(line({ OldImage: before, NewImage: after }), SCHEMA, "line 1")).toEqual({
      key: { pk: { S: "a" }, sk: { B: Uint8Array.of(0, 255) } },
      writtenAt: MICROS,
      before,
      after,
    });
  });

  it.each([
    ["an insert has no old one", { NewImage: KEYS }, ["after"]],
    ["a delete has no new one", { OldImage: KEYS }, ["before"]],
    ["inserted and deleted has keys alone", {}, []],
  ])("has the images that it has: %s", (_what, images, expected) => {
    const { key: _key, writtenAt: _time, ...found } = parseExportLine(line(images), SCHEMA, "line 1");

    expect(Object.keys(found)).toEqual(expected);
  });

  it.each([String(MICROS), MICROS, { N: String(MICROS) }])("may have the time as %j", (WriteTimestampMicros) => {
    const text = line({ Metadata: { WriteTimestampMicros } });

    expect(parseExportLine(text, SCHEMA, "line 1").writtenAt).toBe(MICROS);
  });

  it("keeps attributes of any name, and bytes as they are", () => {
    const image = `{"pk":{"S":"a"},"sk":{"B":"AP8="},"__proto__":{"S":"x"},"constructor":{"BS":["AA=="]}}`;
    const text = `{"Metadata":{"WriteTimestampMicros":"${MICROS}"},"Keys":${JSON.stringify(KEYS)},"OldImage":${image}}`;

    const item = decodeItem(parseExportLine(text, SCHEMA, "line 1").before ?? {});

    expect(Object.entries(item)).toEqual([
      ["pk", { S: "a" }],
      ["sk", { B: Uint8Array.of(0, 255) }],
      ["__proto__", { S: "x" }],
      ["constructor", { BS: [Uint8Array.of(0)] }],
    ]);
  });

  it.each([
    ["what is no JSON", "{"],
    ["no time", line({ Metadata: {} })],
    ["a time that is none", line({ Metadata: { WriteTimestampMicros: "soon" } })],
    ["no keys", line({ Keys: undefined })],
    ["keys of another table", line({ Keys: { id: { S: "a" } } })],
    ["an empty key", line({ Keys: { pk: { S: "" }, sk: { B: "AP8=" } } })],
    ["half of a character in the key", line({ Keys: { pk: { S: "a\ud800" }, sk: { B: "AP8=" } } })],
    ["the image of another item", line({ OldImage: { pk: { S: "b" }, sk: { B: "AP8=" } } })],
    ["an image that is no item", line({ NewImage: { ...KEYS, total: 12 } })],
    ["a number in an image that is none", line({ NewImage: { ...KEYS, list: { L: [{ NS: ["1", "x"] }] } } })],
    ["a line of a full export", JSON.stringify({ Item: KEYS })],
  ])("is refused with %s, and its values are not quoted", (_what, text) => {
    const reading = () => parseExportLine(text.replace('"a"', '"secret"'), SCHEMA, "s3://bucket/file, line 7");

    expect(reading).toThrow(ExportFailed);
    expect(reading).toThrow(/^s3:\/\/bucket\/file, line 7 is not a line of an incremental export \(/);
    expect(reading).not.toThrow(/secret/);
  });
});
