import { expect, test } from "vitest";
import { longestRow } from "../../bench/longest-row.ts";

test.each<[string, number[], number]>([
  ["nothing called is no row", [], 0],
  ["calls that follow each other are counted one by one", [100, 200, 305], 3],
  ["calls at the same time count as one", [100, 100, 101, 205], 2],
  ["the order in which they are told of does not matter", [305, 100, 200], 3],
])("%s", (_, ends, row) => {
  expect(
    longestRow(
      ends.map((atMs) => ({ atMs })),
      100,
    ),
  ).toBe(row);
});
