import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { build } from "esbuild";
import type { Core } from "./core.ts";

/** One planted fault: in this file, this text, which stands there exactly once, becomes that. */
export interface Mutation {
  readonly fault: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const CORE = fileURLToPath(new URL("./core.ts", import.meta.url));
const REPAIR = fileURLToPath(new URL("../../../../functions/repair/", import.meta.url));
const require = createRequire(import.meta.url);

/** The repair core with a fault planted in it (or none). Throws if the text to replace is not there exactly once. */
export async function loadCore(mutation?: Mutation): Promise<Core> {
  const mutated = mutation && { path: `${REPAIR}${mutation.file}`, contents: plant(mutation) };
  const bundle = await build({
    entryPoints: [CORE],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    packages: "external",
    plugins: [
      {
        name: "planted-fault",
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, ({ path }) =>
            path === mutated?.path ? { contents: mutated.contents, loader: "ts" } : undefined,
          );
        },
      },
    ],
  });
  const exports: { REAL_CORE?: Core } = {};
  const module = { exports };
  compileFunction(bundle.outputFiles[0]?.text ?? "", ["require", "module", "exports"])(require, module, exports);
  const core = module.exports.REAL_CORE;
  if (!core) throw new Error("The bundle of the repair core exports no core.");
  return core;
}

function plant({ fault, file, find, replace }: Mutation): string {
  const source = readFileSync(`${REPAIR}${file}`, "utf8");
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`"${fault}" can't be planted: its text stands ${places} times in ${file}.`);
  return source.replace(find, () => replace);
}
