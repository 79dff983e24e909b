import type { IncidentSize } from "./incident.ts";
import type { EvidenceCost } from "./measure.ts";

const COLUMNS: readonly (readonly [string, (cost: EvidenceCost) => string])[] = [
  ["evidence", ({ name }) => name],
  ["repaired", ({ repaired }) => whole(repaired)],
  ["read units, live", ({ readUnits }) => whole(readUnits)],
  ["write units, live", ({ writeUnits }) => whole(writeUnits)],
  ["read units, restored", ({ evidenceReadUnits }) => whole(evidenceReadUnits)],
  ["restored, bytes", ({ restoredBytes }) => whole(restoredBytes)],
  ["exported, bytes", ({ exportedBytes }) => whole(exportedBytes)],
  ["state transitions", ({ stateTransitions }) => whole(stateTransitions)],
  ["S3 PUT, LIST", ({ s3Puts }) => whole(s3Puts)],
  ["S3 GET, HEAD", ({ s3Gets }) => whole(s3Gets)],
];

/** `docs/evidence-costs.md`: made by `npm run figures -- --evidence`, never by hand. */
export function renderEvidenceCosts(costs: readonly EvidenceCost[], size: IncidentSize): string {
  return `# What each kind of evidence takes

One incident, recovered in every way: a table of ${whole(size.items)} items, one tenant of ${whole(size.ofTenant)} with ${whole(size.damaged)} damaged ones, and in
the same half hour ${whole(size.goodOfTenant)} good writes of that tenant and ${whole(size.goodOfOthers)} of others. \`damagedWhen\` picks the damage; nothing is frozen, since the freeze
takes the same whatever the evidence. Counted exactly by the local AWS, which bills as DynamoDB does: whole units an item, 4 KB a
consistent read, 1 KB a write. Exports are billed at 10 MB at least on AWS. Laps of loops that wait are left out of the transitions.

${tableOf([COLUMNS.map(([title]) => title), ...costs.map(cells)])}

Read units of live items are those of planning, of repairing and of verifying. A recovery reads by key: only \`compare\` (and a
\`timestamp\` source) reads whole tables, and only restores are billed by the size of the table.

This page is written by \`npm run figures -- --evidence\`; a test measures some of its rows again.
`;
}

/** One line of the page's table. */
export function rowOf(cost: EvidenceCost): string {
  return lineOf(cells(cost));
}

function cells(cost: EvidenceCost): string[] {
  return COLUMNS.map(([, cell]) => cell(cost));
}

function lineOf(row: readonly string[]): string {
  return `| ${row.join(" | ")} |`;
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows;
  return [lineOf(head), lineOf(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...rest.map(lineOf)].join("\n");
}

function whole(number: number): string {
  return number.toLocaleString("en-US", { maximumFractionDigits: 1 });
}
