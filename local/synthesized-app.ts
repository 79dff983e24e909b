import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { StackSource } from "./cloudformation/deploy.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** All that decides what synthesis makes; another file among them is another assembly. */
const SOURCES = ["functions", "infra", "kit", "statemachines", "backstitch.config.ts", "cdk.json", "package-lock.json"];

const LOCK_WAIT_MS = 120_000;
/** Assemblies are large (70 MB); who changes sources makes many. */
const KEPT_MS = 60 * 60 * 1000;

/** Another process holds the lock of an assembly and does not finish: names the file to remove. */
export class AssemblyLocked extends Error {
  override readonly name = "AssemblyLocked";
}

/** The app of this repository as `cdk synth` makes it. */
export function synthesizedBackstitch(): Promise<StackSource> {
  return synthesized("backstitch", async (outdir) => {
    // Loaded only here: the CDK takes longer to load than everything else together.
    const { createApp } = await import("../infra/app.ts");
    createApp({ outdir }).synth();
  });
}

/**
 * A synthesized app of one stack. Bundling takes seconds, so an assembly is kept in `.backstitch/` under a hash of its sources
 * and shared by every process: each still deploys the synthesized template.
 */
export async function synthesized(
  name: string,
  synth: (outdir: string) => Promise<void>,
  moreSources: readonly string[] = [],
): Promise<StackSource> {
  const cache = join(ROOT, ".backstitch");
  const directory = join(cache, `assembly-${name}-${hashOf([...SOURCES, ...moreSources])}`);
  if (!existsSync(directory)) {
    mkdirSync(cache, { recursive: true });
    const unlock = await lock(`${directory}.lock`);
    try {
      if (!existsSync(directory)) await synthesizeInto(directory, synth);
      removeOld(cache);
    } finally {
      unlock();
    }
  }
  return { ...stackOf(directory), codeCacheDirectory: join(directory, "code-cache") };
}

/** The one stack of a cloud assembly. */
export function stackOf(assembly: string): StackSource {
  const manifest = JSON.parse(readFileSync(join(assembly, "manifest.json"), "utf8")) as {
    artifacts: Record<string, { type: string; properties?: { templateFile?: string; stackName?: string } }>;
  };
  const stacks = Object.entries(manifest.artifacts).filter(([, { type }]) => type === "aws:cloudformation:stack");
  const [id, stack] = stacks[0] ?? [];
  if (id === undefined || stacks.length !== 1)
    throw new Error(`The assembly ${assembly} has ${stacks.length} stacks; one is deployed.`);
  return {
    template: JSON.parse(readFileSync(join(assembly, stack?.properties?.templateFile ?? ""), "utf8")),
    assetsDirectory: assembly,
    stackName: stack?.properties?.stackName ?? id,
  };
}

async function synthesizeInto(directory: string, synth: (outdir: string) => Promise<void>): Promise<void> {
  const unfinished = `${directory}.${randomUUID()}`;
  try {
    await synth(unfinished);
    renameSync(unfinished, directory);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function hashOf(sources: readonly string[]): string {
  const hash = createHash("sha256");
  for (const source of sources)
    for (const file of filesOf(join(ROOT, source)))
      hash
        .update(`${relative(ROOT, file)}\0`)
        .update(readFileSync(file))
        .update("\0");
  return hash.digest("hex").slice(0, 16);
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Waits until no other process synthesizes the same sources; a lock whose process is gone is taken over. */
async function lock(file: string): Promise<() => void> {
  const deadline = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = holderOf(file);
    if (holder !== undefined && !isAlive(holder)) rmSync(file, { force: true });
    else if (Date.now() > deadline)
      throw new AssemblyLocked(
        `Process ${holder} has been synthesizing the app for two minutes: remove ${file} if it is not.`,
      );
    else await sleep(100);
  }
}

function holderOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    // Given back in this moment.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Assemblies of sources long changed: nobody asks for their hash again. */
function removeOld(cache: string): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (name.startsWith("assembly-") && Date.now() - statSync(path).mtimeMs > KEPT_MS)
      rmSync(path, { recursive: true, force: true });
  }
}
