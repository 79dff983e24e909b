import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { toKebabCase } from "./places.ts";

const FUNCTIONS = fileURLToPath(new URL("../functions/", import.meta.url));

/** A function that the deployment names has no file. */
export class MissingFunction extends Error {
  override readonly name = "MissingFunction";
}

/**
 * Bundles all functions in one run of esbuild, which is many times faster than one run for each. The SDK is bundled too:
 * the one of the runtime may be older than what a step calls.
 */
export function bundleFunctions(names: readonly string[], outputDirectory: string): (name: string) => string {
  const entries = names.map((name) => ({ name, path: join(FUNCTIONS, `${toKebabCase(name)}.ts`) }));
  const missing = entries.filter(({ path }) => !existsSync(path));
  if (missing.length > 0)
    throw new MissingFunction(
      `No file for ${missing.map(({ name }) => name).join(", ")}: each is called functions/<name in kebab case>.ts.`,
    );
  build(Object.fromEntries(entries.map(({ name, path }) => [join(toKebabCase(name), "index"), path])), outputDirectory);
  return (name) => join(outputDirectory, toKebabCase(name));
}

/** Bundles one function that stands elsewhere; answers its folder. */
export function bundleFile(path: string, outputDirectory: string): string {
  build({ index: path }, outputDirectory);
  return outputDirectory;
}

function build(entryPoints: Record<string, string>, outdir: string): void {
  buildSync({
    entryPoints,
    outdir,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    // ES modules first: what a client does not use is left out, a third of each bundle.
    mainFields: ["module", "main"],
    minify: true,
    // Error names reach the state machine, whose Retry matches them.
    keepNames: true,
    legalComments: "none",
    logLevel: "warning",
  });
}
