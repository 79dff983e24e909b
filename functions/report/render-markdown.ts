import { decodeItem, type JsonItem } from "../items/item-json.ts";
import { plainItem } from "../items/plain-json.ts";
import { WRITE_CONFLICT_REMEDIES } from "../repair/outcome.ts";
import { CONFLICT_REMEDIES } from "../repair/repair.ts";
import { freezeCommand, liftCommand } from "../runtime/commands.ts";
import type { Environment } from "../runtime/environment.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { LeftList } from "./json-lines.ts";
import { code, count, section, shell, table, text } from "./markdown.ts";
import { renderNext, renderPlan } from "./render-plan.ts";
import { isFrozen, type Report, restoredTables } from "./report.ts";

/** Rows of a list that the page shows; the JSON report has more, the lists in S3 have all. */
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
    ...section("Plan", renderPlan(report)),
    ...section("Repair", repairs(report)),
    ...section("Left for a person to decide", left(report)),
    ...section("Created by the incident or since, left as they are", created(report)),
    ...section("Not put back, since time to live would delete them again", expired(report)),
    ...section("Go on", renderNext(report)),
  ].join("\n");
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

function evidence(report: Report): string[] {
  const { evidenceUsed, evidence: made, keys } = report;
  const lines = [`${evidenceUsed.kind}: ${text(evidenceUsed.reason)}.`];
  if (evidenceUsed.undoOf !== undefined)
    lines.push(
      "",
      `This is an undo of recovery ${code(evidenceUsed.undoOf)}: what it surely wrote goes back to what was there before; what was written since stays.`,
    );
  if (made?.kind === "export")
    lines.push(
      "",
      ...table(
        ["export", "from", "to", "items", "billed bytes", "of recovery"],
        Object.entries(made.exports).map(([role, one]) => [
          role,
          one.from,
          one.to,
          one.items === undefined ? "–" : count(one.items),
          one.billedBytes === undefined ? "–" : count(one.billedBytes),
          one.borrowedFrom ? code(one.borrowedFrom) : "this one",
        ]),
      ),
    );
  if (made?.kind === "restore")
    lines.push(
      "",
      ...table(
        ["restored table", "as of", "now"],
        restoredTables(report).map((one) => [
          code(one.tableName),
          one.restoreDateTime,
          one.deletedAt ? `deleted at ${one.deletedAt}` : text(one.kept ?? "kept"),
        ]),
      ),
    );
  if (keys) {
    const { source, collected, keys: parted, duplicates, outsideTenants, untouched } = keys;
    lines.push(
      "",
      `Keys by ${source}: ${count(collected)} named, ${count(parted)} looked at, ${count(duplicates)} repeated, ${count(outsideTenants)} of other tenants, ${count(untouched)} that the incident did not touch.`,
    );
  }
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
        ...shell(liftCommand(environment, recovery)),
        "",
        "Freeze again:",
        "",
        ...shell(freezeCommand(environment, recovery)),
      ]
    : lines;
}

function repairs({ repairs: done }: Report): string[] {
  const rows = [
    ...Object.entries(done.outcomes).map(([outcome, items]) => [outcome, items] as const),
    ...Object.entries(done.notWritten).map(([action, items]) => [`not written: ${action}`, items] as const),
    ...Object.entries(done.verified).map(([verdict, items]) => [`verified: ${verdict}`, items] as const),
  ].filter(([, items]) => items > 0);
  return rows.length === 0
    ? ["Nothing was written."]
    : table(
        ["what", "items"],
        rows.map(([what, items]) => [what, count(items)]),
      );
}

function left({ repairs: done, lists }: Report): string[] {
  if (done.leftCount === 0) return [];
  const rows = done.left
    .slice(0, ROWS)
    .map(({ key, reason, attributes }) => [keyText(key), text(reason), (attributes ?? []).map(code).join(", ") || "–"]);
  return [
    ...table(["key", "reason", "attributes"], rows),
    ...more(done.leftCount, rows.length, lists.left),
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

function created({ repairs: done, lists }: Report): string[] {
  if (done.createdCount === 0) return [];
  const rows = done.created.slice(0, ROWS).map((key) => [keyText(key)]);
  return [...table(["key"], rows), ...more(done.createdCount, rows.length, lists.left)];
}

function expired({ lists }: Report): string[] {
  const { count: items, files } = lists.expired;
  return items === 0 ? [] : [`${count(items)} items, with what they held: ${files.map(code).join(", ")}.`];
}

function more(all: number, shown: number, { files }: LeftList): string[] {
  return all > shown ? ["", `… and ${count(all - shown)} more: ${files.map(code).join(", ")}.`] : [];
}

function keyText(key: JsonItem): string {
  return code(JSON.stringify(plainItem(decodeItem(key))));
}
