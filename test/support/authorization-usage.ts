/**
 * Which statements of the deployed policies decided anything, from the pocket AWS's own authorization log: every stage that
 * is closed writes down its share, and `test/permissions` reads them all when the scenarios are over.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { PocketAws } from "../../local/pocket-aws.ts";

const DIRECTORY = fileURLToPath(new URL("../../node_modules/.cache/backstitch/authorization/", import.meta.url));
const SCENARIOS = new URL("../scenarios/", import.meta.url);

/** `<policy>/<Sid or #index> <action>`, of decisions in which the statement allowed, or denied by name. */
export function recordUsage(aws: PocketAws, scenario: string | undefined): void {
  if (scenario === undefined) return;
  const used = new Set<string>();
  for (const key of aws.services.iam.authorizationLog.counts().keys()) {
    const [, decision, ...statement] = key.split(" ");
    if (decision === "allowed" || decision === "explicitDeny") used.add(statement.join(" "));
  }
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(`${DIRECTORY}${basename(scenario)}.${randomUUID()}.json`, JSON.stringify([...used]));
}

/** What all scenarios used, and the scenarios that wrote nothing down. */
export function readUsage(): { readonly used: ReadonlySet<string>; readonly missing: readonly string[] } {
  mkdirSync(DIRECTORY, { recursive: true });
  const files = readdirSync(DIRECTORY);
  const used = new Set(files.flatMap((file) => JSON.parse(readFileSync(DIRECTORY + file, "utf8")) as string[]));
  const scenarios = readdirSync(SCENARIOS).filter((file) => file.endsWith(".test.ts"));
  return { used, missing: scenarios.filter((name) => !files.some((file) => file.startsWith(`${name}.`))) };
}

/** What an earlier run of a scenario wrote down is not what this one uses. */
export function forgetUsage(scenario: string): void {
  mkdirSync(DIRECTORY, { recursive: true });
  for (const file of readdirSync(DIRECTORY)) if (file.startsWith(`${basename(scenario)}.`)) rmSync(DIRECTORY + file);
}
