import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { IncidentSize } from "./incident.ts";
import { type EvidenceCost, measureWay } from "./measure.ts";
import { renderEvidenceCosts } from "./render.ts";
import { WAYS } from "./ways.ts";

/** The incident of the page. */
export const INCIDENT: IncidentSize = {
  items: 5_000,
  ofTenant: 400,
  damaged: 150,
  goodOfTenant: 100,
  goodOfOthers: 750,
};

export const PAGE = fileURLToPath(new URL("../../docs/evidence-costs.md", import.meta.url));

/** Measures every way, one account after the other, and writes the page. */
export async function writeEvidenceCosts(say: (line: string) => void): Promise<void> {
  const costs: EvidenceCost[] = [];
  for (const way of WAYS) {
    say(way.name);
    costs.push(await measureWay(way, INCIDENT));
  }
  writeFileSync(PAGE, renderEvidenceCosts(costs, INCIDENT));
}
