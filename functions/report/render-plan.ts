import { decodeItem, type JsonItem } from "../items/item-json.ts";
import { plainItem } from "../items/plain-json.ts";
import type { Estimate, RepairEstimate } from "../plan/estimate.ts";
import type { GroupSample, GroupSummary } from "../repair/group.ts";
import type { FollowUp } from "./follow-up.ts";
import { code, count, json, table, text } from "./markdown.ts";
import type { Report } from "./report.ts";

/** Tenants of a group that the page shows, the ones with most items first. */
const TENANTS = 5;
const SAMPLES = 2;
const LONGEST_SAMPLE = 300;
/** Longer requests stand in report.json alone. */
const DECISIONS_SHOWN = 10;

/** What the plan found, and what it would take to repair it. */
export function renderPlan({ plan, minutesTaken }: Report): string[] {
  if (!plan) return [];
  const { counts } = plan;
  return [
    `Round ${plan.round}, hash ${code(plan.planHash)}: ${count(counts.items)} keys looked at, ${count(plan.writes)} to write, ${count(plan.conflicts)} conflicts, ${count(plan.created)} created.`,
    "",
    ...estimate(plan.estimate, minutesTaken),
    ...(counts.delta > 0
      ? ["", `Differences of counters: ${count(counts.delta)} items; good increments inside the window go with them.`]
      : []),
    ...(counts.nearBoundary > 0
      ? ["", `Written within 60 s of the first or the last bad second: ${count(counts.nearBoundary)} items.`]
      : []),
    ...(plan.twoWay ? ["", "Two-way: nobody could tell the bug's changes from later good ones."] : []),
    ...(counts.groups.length > 0 ? ["", ...groups(counts.groups)] : []),
  ];
}

/** What a person may start next. */
export function renderNext({ plan, outcome, followUp }: Report): string[] {
  const lines: string[] = [];
  if (plan && outcome !== "Recovered" && outcome !== "NothingToRepair" && outcome !== "Stopped") {
    const { thisPlan, chosenGroups } = plan.next;
    lines.push("Carry out exactly this plan; groups are chosen when it asks for approval:", "", ...json(thisPlan));
    if (chosenGroups)
      lines.push(
        "",
        "Or plan anew from the same evidence, with the groups that look like the bug's (cut the list down to them):",
        "",
        ...json(chosenGroups),
      );
  }
  if (followUp)
    lines.push(
      ...(lines.length > 0 ? [""] : []),
      `What is left can be decided item by item: ${isShort(followUp) ? "in this request" : "in `followUp` of report.json"} change "keep" to "revert" where the item is to be as it was before the incident, and start a new execution with it.`,
      ...(isShort(followUp) ? ["", ...json(followUp)] : []),
    );
  return lines;
}

function isShort({ decisions = [] }: FollowUp): boolean {
  return decisions.length <= DECISIONS_SHOWN;
}

function estimate({ asPlanned, allGroups, ...about }: Estimate, minutesTaken: number | undefined): string[] {
  const { currency, region, pricesOf, evidenceUsd, assumptions } = about;
  const row = (what: string, { items, writeUnits, minutes, usd }: RepairEstimate) => [
    what,
    count(items),
    count(writeUnits),
    `${minutes.from} to ${minutes.to}`,
    `${currency} ${usd.toFixed(2)}`,
  ];
  return [
    ...table(
      ["estimate", "items", "write units", "minutes", "cost"],
      [row("the plan as it stands", asPlanned), row("all groups chosen", allGroups)],
    ),
    "",
    `Prices of ${region}, ${pricesOf}.${evidenceUsd === undefined ? "" : ` The evidence: about ${currency} ${evidenceUsd.toFixed(2)}.`}${taken(minutesTaken)}`,
    "",
    ...assumptions.map((assumption) => `- ${text(assumption)}`),
  ];
}

function taken(minutes: number | undefined): string {
  if (minutes === undefined) return "";
  return ` From the approval to the end it took ${minutes < 1 ? "less than a minute" : `${minutes} minutes`}.`;
}

function groups(all: readonly GroupSummary[]): string[] {
  return [
    ...table(
      ["group", "changed attributes", "keys like", "items", "tenants", "first write", "last write"],
      all.map((group) => [
        group.kind,
        group.attributes.map(code).join(", ") || "whole item",
        code(group.keyShape),
        count(group.count),
        tenants(group),
        group.written?.first ?? "–",
        group.written?.last ?? "–",
      ]),
    ),
    ...(all.some(({ written }) => written)
      ? ["", "First and last write: the earliest and the latest of the last writes that the evidence saw of each item."]
      : ["", "This evidence has no times of writes."]),
    "",
    ...table(
      ["sample of", "key", "before", "after", "live"],
      all.flatMap((group) =>
        group.samples
          .slice(0, SAMPLES)
          .map((sample) => [
            [group.kind, ...group.attributes.map(code)].join(" "),
            code(JSON.stringify(plainItem(decodeItem(sample.key)))),
            ...images(sample),
          ]),
      ),
    ),
  ];
}

function tenants({ tenants: byName, otherTenants }: GroupSummary): string {
  const sorted = Object.entries(byName).sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, TENANTS).map(([tenant, items]) => `${code(tenant)} ${count(items)}`);
  const more = sorted.slice(TENANTS).reduce((sum, [, items]) => sum + items, otherTenants);
  return [...shown, ...(more > 0 ? [`others ${count(more)}`] : [])].join(", ") || "–";
}

function images({ before, after, live }: GroupSample): string[] {
  if (before === undefined && live === undefined) return ["too big to show", "", ""];
  return [before, after, live].map(image);
}

function image(value: JsonItem | null | undefined): string {
  if (value === undefined) return "unknown";
  if (value === null) return "absent";
  const shown = JSON.stringify(plainItem(decodeItem(value)));
  return code(shown.length > LONGEST_SAMPLE ? `${shown.slice(0, LONGEST_SAMPLE)}…` : shown);
}
