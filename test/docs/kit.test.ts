import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as kit from "../../kit/index.ts";

const page = readFileSync(new URL("../../docs/kit.md", import.meta.url), "utf8");

test("shows a change line as logItemChange writes it", () => {
  const lines: string[] = [];
  kit.logItemChange(
    { table: "orders", key: { pk: "TENANT#t016", sk: 1042 }, action: "update", writer: "release-41", tenant: "t016" },
    (line) => lines.push(line),
  );

  expect([...page.matchAll(/^```json\n(.*)\n```$/gm)].map(([, line]) => line)).toEqual(lines);
});

test("imports what the kit has", () => {
  const imported = [...page.matchAll(/import \{ (.+) \} from "backstitch\/kit"/g)].flatMap(
    ([, names]) => names?.split(", ") ?? [],
  );

  expect(imported).toEqual(["readOnlyGuard", "logItemChange"]);
  for (const name of imported) expect(kit).toHaveProperty(name);
});

test("the package offers it under the name that the page uses", async () => {
  const { exports } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    exports: Record<string, string>;
  };

  expect(await import(`../../${exports["./kit"]}`)).toBe(kit);
});
