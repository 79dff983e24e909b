/** What the recovery of a run is asked to do. */
import type { Chance } from "./chance.ts";
import type { Story } from "./story.ts";

export function drawRequest(
  chance: Chance,
  story: Story,
  { badSince, incidentEnd }: { readonly badSince: string; readonly incidentEnd: string },
): object {
  const isScoped = chance.happens(0.25);
  const guards = chance.pick(isScoped ? SCOPED_GUARDS : GUARDS);
  const when = chance.happens(0.8) ? "start" : "repair";
  const isFrozen = chance.happens(0.93);
  return {
    table: "orders",
    badSince,
    incidentEnd,
    keys: story.keys(),
    ...(isScoped ? { tenants: [story.tenant] } : {}),
    evidence: chance.happens(0.7) ? "export" : "restore",
    created: chance.happens(0.7) ? "delete" : "report",
    conflicts: chance.happens(0.7) ? "skip" : "merge",
    ...(chance.happens(0.4) ? { attributes: { only: ["total", "memo"], delta: ["points"] } } : {}),
    readOnly: isFrozen ? { when, guards } : "none",
    onFailure: chance.happens(0.85) ? "keepReadOnly" : "lift",
  };
}

const ALL = ["ssm-flag", "iam-deny", "table-policy"];
const GUARDS: readonly string[][] = [ALL, ALL, ["table-policy"], ["iam-deny"], ["ssm-flag", "table-policy"]];
const SCOPED_GUARDS: readonly string[][] = [["ssm-flag", "table-policy"], ["table-policy"]];
