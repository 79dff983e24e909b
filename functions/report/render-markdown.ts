import type { Estimate, RepairEstimate } from "../plan/estimate.ts";
import { WRITE_CONFLICT_REMEDIES } from "../repair/outcome.ts";
import { CONFLICT_REMEDIES } from "../repair/repair.ts";
import { freezeCommand, liftCommand } from "../runtime/commands.ts";
import type { Environment } from "../runtime/environment.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { isFrozen, type Report, restoredTables } from "./build-report.ts";

/** Rows of a list that the page shows; the JSON report has more, the results of the parts have all. */
const ROWS = 50;

/** The report for people: what happened, what is left, what to type. Keys and values are quoted as code, never as markup. */
export function renderMarkdown(report: Report, recovery: Recovery, environment: Environment): string {
  return [
    `# Recovery of ${report.table}: ${report.outcome}`,
    "",
    `Recovery \`${report.recoveryId}\`, execution \`${report.executionArn}\`.`,
    ...(report.reason ? ["", `Reason: ${text(report.reason)}`] : []),
    "",
    ...section("To do", report.toDo.length ? report.toDo.map((line) => `- ${text(line)}`) : ["Nothing."]),
    ...section("Times", times(report)),
    ...section("Evidence", evidence(report)),
    ...section("Freeze", freeze(report, recovery, environment)),
    ...section("Plan", plan(report)),
    ...section("Repair", repairs(report)),
    ...section("Left for a person to decide", left(report)),
    ...section("Created by the incident or since, left as they are", created(report)),
    ...section("Go on", goOn(report)),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, "", ...lines, ""];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

function times(report: Report): string[] {
  const { times: t, approval, decisions } = report;
  const restored = restoredTables(report);
  return table(
    ["what", "when"],
    [
      ["last good second", t.restoreDateTime],
      ["last bad second", t.incidentEnd ?? "unknown"],
      ["started", t.startedAt],
      ...restored.map((one) => [`restored ${code(one.tableName)}`, one.readyAt ?? "not ready"]),
      ...(approval ? [[`${approval.answer} by ${text(approval.by)}`, approval.at]] : []),
      ...decisions.map(({ answer, about, by, at }) => [`${answer} (about the ${about}) by ${text(by)}`, at]),
      ["ended", t.endedAt],
    ],
  );
}

function evidence({ evidenceUsed, evidence: made, keys }: Report): string[] {
  const lines = [`${evidenceUsed.kind}: ${text(evidenceUsed.reason)}.`];
  if (made?.kind === "export")
    lines.push(
      "",
      ...table(
        ["export", "from", "to", "items", "billed bytes", "of recovery"],
        Object.entries(made.exports).map(([role, one]) => [
          role,
          one.from,
          one.to,
          String(one.items ?? "–"),
          String(one.billedBytes ?? "–"),
          one.borrowedFrom ? code(one.borrowedFrom) : "this one",
        ]),
      ),
    );
  if (keys)
    lines.push(
      "",
      `Keys by ${keys.source}: ${keys.collected} named, ${keys.keys} looked at, ${keys.duplicates} repeated, ${keys.outsideTenants} of other tenants, ${keys.untouched} that the incident did not touch.`,
    );
  return lines;
}

function goOn({ plan: made, outcome, followUp }: Report): string[] {
  const lines: string[] = [];
  if (outcome === "Planned" && made) {
    lines.push("Carry out exactly this plan:", "", "```json", JSON.stringify(made.next.thisPlan), "```");
    if (made.next.chosenGroups)
      lines.push(
        "",
        "Or plan anew from the same evidence, with the groups that look like the bug (cut down the list):",
        "",
        "```json",
        JSON.stringify(made.next.chosenGroups, undefined, 2),
        "```",
      );
  }
  if (followUp) lines.push("", "What is left can be decided on the same evidence: see `followUp` in report.json.");
  return lines;
}

function freeze(report: Report, recovery: Recovery, environment: Environment): string[] {
  const { readOnly } = report;
  if (readOnly.state === "off") return ["The table was not frozen."];
  const lines = [
    `State: ${readOnly.state}. Frozen for ${report.frozenSeconds} seconds by ${recovery.guards.join(", ")}.`,
    "",
    "The proof does not cover:",
    ...("doesNotCover" in readOnly ? (readOnly.doesNotCover ?? []).map((gap) => `- ${text(gap)}`) : []),
  ];
  return isFrozen(readOnly)
    ? [
        ...lines,
        "",
        "Lift it:",
        "",
        "```sh",
        liftCommand(environment, recovery),
        "```",
        "",
        "Freeze again:",
        "",
        "```sh",
        freezeCommand(environment, recovery),
        "```",
      ]
    : lines;
}

function plan({ plan: made }: Report): string[] {
  if (!made) return [];
  const { counts } = made;
  return [
    `Round ${made.round}, hash \`${made.planHash}\`: ${counts.items} keys, ${made.writes} to write, ${made.conflicts} conflicts, ${made.created} created.`,
    "",
    estimateOf(made.estimate),
    ...(counts.delta > 0
      ? ["", `Differences of counters: ${counts.delta} items; good increments inside the window go with them.`]
      : []),
    ...(made.twoWay ? ["", "Two-way: nobody could tell the bug's changes from later good ones."] : []),
    "",
    ...table(
      ["group", "changed attributes", "items", "tenants", "first write", "last write"],
      counts.groups.map((group) => [
        group.kind,
        group.attributes.map(code).join(", ") || "whole item",
        String(group.count),
        Object.entries(group.tenants)
          .slice(0, 5)
          .map(([tenant, count]) => `${code(tenant)} ${count}`)
          .join(", ") || "–",
        group.written?.first ?? "–",
        group.written?.last ?? "–",
      ]),
    ),
  ];
}

function estimateOf({ asPlanned, allGroups, currency, region, pricesOf, evidenceUsd }: Estimate): string {
  const say = ({ items, usd, minutes }: RepairEstimate) =>
    `${items} items, about ${minutes.from} to ${minutes.to} minutes, ${currency} ${usd.toFixed(2)}`;
  const evidence = evidenceUsd === undefined ? "" : ` The evidence: ${currency} ${evidenceUsd.toFixed(2)}.`;
  return `Estimate (prices of ${region}, ${pricesOf}): as planned ${say(asPlanned)}; with all groups ${say(allGroups)}.${evidence}`;
}

function repairs({ repairs: done }: Report): string[] {
  const rows = [
    ...Object.entries(done.outcomes).map(([outcome, count]) => [outcome, String(count)]),
    ...Object.entries(done.notWritten).map(([action, count]) => [`not written: ${action}`, String(count)]),
    ...Object.entries(done.verified).map(([verdict, count]) => [`verified: ${verdict}`, String(count)]),
  ];
  return rows.some(([, count]) => count !== "0") ? table(["what", "items"], rows) : ["Nothing was written."];
}

function left({ repairs: done }: Report): string[] {
  if (done.leftCount === 0) return [];
  const rows = done.left
    .slice(0, ROWS)
    .map(({ key, reason, attributes }) => [
      code(JSON.stringify(key)),
      text(reason),
      (attributes ?? []).map(code).join(", ") || "–",
    ]);
  return [
    ...table(["key", "reason", "attributes"], rows),
    ...more(done.leftCount, rows.length),
    ...remedies(done.left.map(({ reason }) => reason)),
  ];
}

/** What a person can do about each reason that occurs, once. */
function remedies(reasons: readonly string[]): string[] {
  const known: Readonly<Record<string, string>> = { ...CONFLICT_REMEDIES, ...WRITE_CONFLICT_REMEDIES };
  const lines = [...new Set(reasons)].flatMap((reason) => {
    const remedy = known[reason.replace(/^conflict: /, "")];
    return remedy ? [`- ${text(reason)}: ${text(remedy)}.`] : [];
  });
  return lines.length ? ["", ...lines] : [];
}

function created({ repairs: done }: Report): string[] {
  if (done.createdCount === 0) return [];
  const rows = done.created.slice(0, ROWS).map((key) => [code(JSON.stringify(key))]);
  return [...table(["key"], rows), ...more(done.createdCount, rows.length)];
}

function more(all: number, shown: number): string[] {
  return all > shown ? ["", `… and ${all - shown} more: see report.json and the results of the parts.`] : [];
}

/** Text from outside as plain text: no markup, no table cell of its own. */
function text(value: string): string {
  return value.replace(/[\\`*_{}[\]<>()#+!|~]/g, "\\$&").replace(/\s+/g, " ");
}

function code(value: string): string {
  return `\`${value.replaceAll("`", "'").replaceAll("|", "\\|").replace(/\s+/g, " ")}\``;
}
