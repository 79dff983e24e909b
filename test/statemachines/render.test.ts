import { describe, expect, test } from "vitest";
import { PlaceholderMismatch, placeholdersOf, render } from "../../statemachines/render.ts";

describe("render", () => {
  test("puts each value where its placeholder stands, every time", () => {
    const rendered = render('{"a":"${One}/x","b":"${Two}","c":"${One}"}', { One: "1", Two: "2" });

    expect(JSON.parse(rendered)).toEqual({ a: "1/x", b: "2", c: "1" });
  });

  test("escapes a value for the string that it goes into, and takes no placeholder out of a value", () => {
    const rendered = render('{"a":"${One}"}', { One: 'quote " back\\slash ${Two}' });

    expect(JSON.parse(rendered)).toEqual({ a: 'quote " back\\slash ${Two}' });
  });

  test("names a placeholder without a value and a value without a placeholder", () => {
    const act = () => render('{"a":"${One}"}', { Two: "2" });

    expect(act).toThrow(PlaceholderMismatch);
    expect(act).toThrow(/missing \[One\], not used \[Two\]/);
  });

  test("lists placeholders once each, in order", () => {
    expect(placeholdersOf("${B} ${A} ${B}")).toEqual(["A", "B"]);
  });
});
