/** The figures as plain tables for a terminal. */
import type { Figures, RunFigures } from "./measure.ts";

const RATES = ["planned", "applied", "verified", "bare"] as const;

type Row = readonly (string | number | undefined)[];

export function render({ bundles, freeze, runs, largeItems }: Figures): string {
  const all = [...runs, largeItems];
  return [
    table("Items per second (wall time of the Distributed Map; bare: conditional writes and nothing else)", [
      ["items", ...RATES, "whole run, s", "not as before"],
      ...runs.map((run) => [
        run.items,
        ...RATES.map((name) => run.rates[name]?.perSecond),
        run.seconds,
        run.notAsBefore,
      ]),
    ]),
    table("Processor milliseconds an item (all threads, local AWS included: comparable on a busy machine too)", [
      ["items", ...RATES],
      ...runs.map(({ items, rates }) => [items, ...RATES.map((name) => rates[name]?.cpuMs)]),
    ]),
    table("Events of the parent's history", [
      ["items", "events", "outside wait loops", "largest Lambda input, bytes"],
      ...all.map(({ items, history, largestPayloadBytes }) => [
        items,
        history.events,
        history.eventsOutsideWaitLoops,
        largestPayloadBytes,
      ]),
    ]),
    table("Peak memory of a step, MB (heap and external memory of its thread; the bundle itself is in it)", [
      ["function", ...runs.map(({ items }) => `${items} items`), "40 of 390 KB"],
      ...functionNames(all).map((name) => [name, ...all.map(({ functions }) => functions[name]?.peakMemoryMb)]),
    ]),
    ...runs.map(timeTable),
    ...runs.map((run) =>
      table(`Requests of the functions, ${run.items} items`, [["request", "count"], ...Object.entries(run.requests)]),
    ),
    ...runs.map((run) =>
      table(`Units by table, ${run.items} items`, [
        ["table", "read", "write"],
        ...Object.entries(run.units).map(([name, { readUnits, writeUnits }]) => [name, readUnits, writeUnits]),
      ]),
    ),
    table(`From StartExecution to the first denied write of the application (each call takes ${freeze.latencyMs} ms)`, [
      ["calls one after another", "calls", "seconds"],
      [freeze.sequentialCalls, freeze.calls, freeze.seconds],
    ]),
    table("Which calls those are", [["request", "count"], ...Object.entries(freeze.byAction)]),
    table("Bundles, KB", [
      ["function", "minified", "gzipped"],
      ...Object.entries(bundles).map(([name, { kb, gzippedKb }]) => [name, kb, gzippedKb]),
    ]),
  ].join("\n");
}

function timeTable({ items, history, functions }: RunFigures): string {
  return [
    table(`Where the time went, ${items} items`, [
      ["state", "seconds"],
      ...Object.entries({ ...history.stateSeconds, ...history.mapSeconds }),
    ]),
    table(`Invocations, ${items} items`, [
      ["function", "calls", "cold", "seconds in all"],
      ...Object.entries(functions).map(([name, one]) => [name, one.invocations, one.coldStarts, one.busySeconds]),
    ]),
  ].join("\n");
}

function functionNames(runs: readonly RunFigures[]): string[] {
  return [...new Set(runs.flatMap(({ functions }) => Object.keys(functions)))];
}

function table(title: string, rows: readonly Row[]): string {
  const texts = rows.map((row) => row.map(text));
  const widths = (texts[0] ?? []).map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  const lines = texts.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  return `\n${title}\n${lines.join("\n")}\n`;
}

function text(cell: string | number | undefined): string {
  if (cell === undefined) return "";
  if (typeof cell === "string") return cell;
  return Number.isInteger(cell) || cell >= 100 ? String(Math.round(cell)) : cell.toFixed(1);
}
