import type { JsonObject } from "../states.ts";

/** A rectangle by its corner and size. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [number, number];

/** A piece of the picture, drawn from its upper left corner. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly svg: string;
}

const STYLES: Readonly<Record<string, { fill: string; stroke: string }>> = {
  Task: { fill: "#e8f0fe", stroke: "#4a6fa5" },
  Map: { fill: "#dbe9d8", stroke: "#4d7f46" },
  Choice: { fill: "#ffffff", stroke: "#777777" },
  Wait: { fill: "#f1f1f1", stroke: "#999999" },
  Pass: { fill: "#f7f7f7", stroke: "#999999" },
  Succeed: { fill: "#c9ead0", stroke: "#2e7d32" },
  Fail: { fill: "#f8cfcf", stroke: "#b71c1c" },
  /** Waits for a person. */
  Person: { fill: "#ffe7b8", stroke: "#b77b00" },
};

/** A state as a box with its name; a map looks like a stack, a choice has round ends. */
export function stateShape(name: string, state: JsonObject, box: Box): string {
  const waitsForPerson = String(state.Resource).endsWith(".waitForTaskToken");
  const type = waitsForPerson ? "Person" : String(state.Type);
  const { fill, stroke } = STYLES[type] ?? { fill: "#ffffff", stroke: "#000000" };
  const radius = type === "Choice" ? 15 : type === "Succeed" || type === "Fail" ? 12 : 4;
  const rectangle = (shift: number) =>
    `<rect x="${box.x + shift}" y="${box.y + shift}" width="${box.width}" height="${box.height}" rx="${radius}" fill="${fill}" stroke="${stroke}"/>`;
  const stack = type === "Map" ? rectangle(6) + rectangle(3) : "";
  return stack + rectangle(0) + text(name, box.x + box.width / 2, box.y + box.height / 2 + 4, "middle", 12);
}

/** A Parallel: a frame with its name, around its branches. */
export function frame(name: string, box: Box, inner: string): string {
  return [
    `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="6" fill="#fafcff" stroke="#4a6fa5" stroke-dasharray="5 3"/>`,
    text(name, box.x + 14, box.y + 19, "start", 12),
    `<g transform="translate(${box.x} ${box.y})">${inner}</g>`,
  ].join("\n");
}

export function text(words: string, x: number, y: number, anchor: "start" | "middle" | "end", size: number): string {
  if (words === "") return "";
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const colour = size < 12 ? "#555555" : "#111111";
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="${colour}">${escaped}</text>`;
}

/** A line through points, each next one straight across or straight down. */
export function arrow(points: readonly Point[], colour = "#555555"): string {
  const path = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${x} ${y}`).join(" ");
  return `<path d="${path}" fill="none" stroke="${colour}" marker-end="url(#head)"/>`;
}
