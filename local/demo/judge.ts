import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonItem } from "../../functions/items/item-json.ts";
import type { Report } from "../../functions/report/build-report.ts";
import type { Operator } from "./operator.ts";
import type { DemoOptions } from "./options.ts";
import type { Verdict } from "./truth.ts";

const REPORTS = fileURLToPath(new URL("../../.backstitch/reports/", import.meta.url));

/** What `--json` prints. */
export interface DemoResult {
  readonly story: string;
  readonly recoveryId: string;
  readonly outcome: string;
  readonly items: number;
  readonly damaged: number;
  readonly repaired: number;
  readonly conflicts: number;
  readonly damagedLeft: number;
  readonly goodWrites: number;
  readonly goodWritesLost: number;
  readonly leftForDecision: number;
  readonly undecidable: number;
  readonly refusedWrites: number;
  readonly frozenSeconds: number;
  readonly totalSeconds: number;
  readonly report: string;
}

export interface DemoEnd {
  readonly result: DemoResult;
  /** Nothing damaged left, no good write lost, and exactly the undecidable items left to a person. */
  readonly asPromised: boolean;
  readonly problems: readonly string[];
}

/** What is known when the curtain falls. */
export interface Ending {
  readonly options: DemoOptions;
  readonly begun: number;
  /** One recovery, or several that followed each other: the last one says what is left. */
  readonly recoveryIds: readonly [string, ...string[]];
  readonly operator: Operator;
  readonly refusedWrites: number;
  readonly verdict: Verdict;
}

/** Puts the reports of the recoveries beside the truth that they never saw. */
export async function judge({
  options,
  begun,
  recoveryIds,
  operator,
  refusedWrites,
  verdict,
}: Ending): Promise<DemoEnd> {
  const reports: Report[] = [];
  for (const id of recoveryIds) reports.push(await operator.report(id));
  const recoveryId = recoveryIds.at(-1) ?? recoveryIds[0];
  const report = reports.at(-1) ?? (await operator.report(recoveryId));
  const left = report.repairs.left.map(({ key }) => keyTextOfJson(key)).sort();
  const { outcomes, notWritten } = report.repairs;
  const sameLeft = left.length === report.repairs.leftCount && left.join() === verdict.undecidable.join();
  const repaired = reports.map(({ repairs }) => (repairs.outcomes.written ?? 0) + (repairs.outcomes.already ?? 0));
  const result: DemoResult = {
    story: options.story ?? "default",
    recoveryId,
    outcome: report.outcome,
    items: options.items,
    damaged: verdict.damaged,
    repaired: sum(repaired),
    conflicts: (outcomes.conflict ?? 0) + (notWritten.conflict ?? 0),
    damagedLeft: verdict.damagedLeft.length,
    goodWrites: verdict.goodWrites,
    goodWritesLost: verdict.goodWritesLost.length,
    leftForDecision: report.repairs.leftCount,
    undecidable: verdict.undecidable.length,
    refusedWrites,
    frozenSeconds: Math.round(sum(reports.map(({ frozenSeconds }) => frozenSeconds)) * 10) / 10,
    totalSeconds: Math.round((Date.now() - begun) / 100) / 10,
    report: saveReport(recoveryId, await operator.reportPage(recoveryId)),
  };
  const problems = [
    ...verdict.damagedLeft.map((id) => `still damaged: ${id}`),
    ...verdict.goodWritesLost.map((id) => `good write lost: ${id}`),
    ...(sameLeft ? [] : [`left for a person: ${some(left)}; undecidable: ${some(verdict.undecidable)}`]),
  ];
  return { result, asPromised: problems.length === 0, problems };
}

/** The pocket AWS and its bucket are gone when the demo ends, so the report is kept beside it. */
function saveReport(recoveryId: string, page: string): string {
  const file = join(REPORTS, recoveryId, "report.md");
  mkdirSync(join(REPORTS, recoveryId), { recursive: true });
  writeFileSync(file, page);
  return relative(process.cwd(), file);
}

function some(ids: readonly string[]): string {
  return ids.length > 10 ? `${ids.slice(0, 10).join(", ")} and ${ids.length - 10} more` : ids.join(", ") || "none";
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function keyTextOfJson(key: JsonItem): string {
  const text = (name: string) => (key[name] as { S?: string } | undefined)?.S;
  return `${text("pk")}/${text("sk")}`;
}
