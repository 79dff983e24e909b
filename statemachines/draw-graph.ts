/** `npm run graph`: draws docs/recover.svg from recover.asl.json, so that the picture is never older than the machine. */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { drawFlow } from "./picture/draw-flow.ts";
import type { Definition } from "./states.ts";

const MARGIN = 20;

/** The whole picture of a definition as SVG text; the same definition gives the same text. */
export function drawGraph(definition: Definition, title: string): string {
  const { width, height, svg } = drawFlow(definition);
  const size = { width: Math.ceil(width) + 2 * MARGIN, height: Math.ceil(height) + 2 * MARGIN };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" font-family="Helvetica, Arial, sans-serif" role="img">
<title>${title}</title>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" fill="context-stroke"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
<g transform="translate(${MARGIN} ${MARGIN})">
${svg}
</g>
</svg>
`;
}

/** The picture of the recovery, as it must stand in docs/recover.svg. */
export function drawRecovery(): string {
  const definition = JSON.parse(readFileSync(new URL("recover.asl.json", import.meta.url), "utf8")) as Definition;
  return drawGraph(definition, "The states of a recovery, from Preflight to its outcome");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  writeFileSync(new URL("../docs/recover.svg", import.meta.url), drawRecovery());
