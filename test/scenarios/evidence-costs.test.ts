/** What docs/evidence-costs.md says a recovery takes is what it takes, to the unit. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { INCIDENT, PAGE } from "../../bench/evidence/evidence-costs.ts";
import { measureWay } from "../../bench/evidence/measure.ts";
import { rowOf } from "../../bench/evidence/render.ts";
import { WAYS } from "../../bench/evidence/ways.ts";

const page = readFileSync(PAGE, "utf8");

test("every way has its row", () => {
  for (const { name } of WAYS) expect(page).toContain(`| ${name} |`);
});

test.each(WAYS.filter(({ name }) => ["export", "restore, keys of one partition", "a stored plan"].includes(name)))(
  "$name",
  async (way) => {
    expect(page).toContain(rowOf(await measureWay(way, INCIDENT)));
  },
);
