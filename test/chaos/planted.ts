/** The app with one fault planted in its sources: what a suite is worth shows in whether it finds such a thing. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { StackSource } from "../../local/cloudformation/deploy.ts";
import { stackOf } from "../../local/synthesized-app.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SOURCES = ["functions", "infra", "kit", "statemachines", "backstitch.config.ts", "cdk.json", "package.json"];

export interface PlantedFault {
  readonly name: string;
  readonly file: string;
  /** Not only seen while it happens: the table or the guards are wrong in the end. */
  readonly showsInTheEnd: boolean;
  /** Each text as it stands in the file, and what it is made. */
  readonly changes: readonly (readonly [from: string, to: string])[];
}

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: "an update is not guarded by the values that the plan saw",
    file: "functions/repair/guard.ts",
    showsInTheEnd: true,
    changes: [
      [
        'if (repair.guard === "attributes") clauses',
        'if (repair.action === "delete" && repair.guard === "attributes") clauses',
      ],
    ],
  },
  {
    name: "the journal is written after the writes",
    file: "functions/apply/write-part.ts",
    showsInTheEnd: false,
    changes: [
      ["  await keepJournal(part, writes, deps);\n", ""],
      [
        "  await endAttempt(part, number, deps);\n}",
        "  await keepJournal(part, writes, deps);\n  await endAttempt(part, number, deps);\n}",
      ],
    ],
  },
  {
    name: "a lift sets the flag to a default instead of what was there",
    file: "functions/read-only/flag-ledger.ts",
    showsInTheEnd: true,
    changes: [
      [
        "return sameScope(scope, before) ? foreign : formatFlag(scope);",
        'return Object.keys(claims).length === 0 ? "none" : formatFlag(scope);',
      ],
    ],
  },
];

/** The planted text is not in its file any more: the fault has to be planted where the code is now. */
export class FaultNotPlanted extends Error {
  override readonly name = "FaultNotPlanted";
}

/** Copies the sources, plants the fault and synthesizes what comes of it. */
export async function planted({ name, file, changes }: PlantedFault): Promise<StackSource> {
  const directory = join(ROOT, ".backstitch", `planted-${name.replaceAll(" ", "-")}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const source of SOURCES) cpSync(join(ROOT, source), join(directory, source), { recursive: true });
  const path = join(directory, file);
  let text = readFileSync(path, "utf8");
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new FaultNotPlanted(`${file} does not hold ${JSON.stringify(from)}.`);
    text = text.replace(from, to);
  }
  writeFileSync(path, text);
  const { createApp } = (await import(
    pathToFileURL(join(directory, "infra/app.ts")).href
  )) as typeof import("../../infra/app.ts");
  const outdir = join(directory, "cdk.out");
  createApp({ outdir }).synth();
  return stackOf(outdir);
}
