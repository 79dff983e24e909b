import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleFunctions, MissingFunction } from "../../infra/bundle-functions.ts";
import { STEP_SETTINGS } from "../../infra/step-settings.ts";

const names = Object.keys(STEP_SETTINGS);
const directory = mkdtempSync(join(tmpdir(), "backstitch-bundles-"));
let directoryOf: (name: string) => string;

beforeAll(() => {
  directoryOf = bundleFunctions(names, directory);
});
afterAll(() => rmSync(directory, { recursive: true }));

test.each(names)("the bundle of %s holds its handler, its SDK and the literal names of errors", (name) => {
  const bundle = readFileSync(join(directoryOf(name), "index.js"), "utf8");

  const required = [...bundle.matchAll(/=require\("([^"]+)"\)/g)].map(
    ([, module]) => module?.replace(/^node:/, "") ?? "",
  );

  expect(bundle.includes("TransientFailure")).toBe(true);
  // Nothing is left to the runtime but Node's own modules.
  expect(required.filter((module) => !builtinModules.includes(module))).toEqual([]);
  // A cold start reads and compiles all of it.
  expect(bundle.length).toBeLessThan(2_000_000);
});

test("a function without a file is named", () => {
  expect(() => bundleFunctions(["Preflight", "MakeCoffee"], directory)).toThrow(MissingFunction);
  expect(() => bundleFunctions(["Preflight", "MakeCoffee"], directory)).toThrow(/No file for MakeCoffee/);
});
