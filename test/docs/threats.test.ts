import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/threats.md", root), "utf8");
/** Threat, test file, and words of the title of a test in it. */
const rows = [...page.matchAll(/^\| (.+?) \| .+ \| `(test\/[^`]+)`: (.+?) \|$/gm)].map(
  ([, threat = "", file = "", title = ""]) => [threat, file, title] as const,
);

test("every threat of the list has its row", () => {
  expect(rows.length).toBeGreaterThan(20);
  expect(page.match(/^\| (?!threat|who|---|start|approve|lift|redrive|invoke)/gm)?.length).toBe(rows.length);
});

test.each(rows)("%s: the test that shows it is there", (_threat, file, title) => {
  expect(existsSync(new URL(file, root))).toBe(true);
  expect(readFileSync(new URL(file, root), "utf8")).toContain(title);
});
