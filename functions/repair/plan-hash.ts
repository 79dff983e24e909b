import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { encodePlanEntry, type PlanEntry } from "./plan-entry.ts";
import type { GroupChoice } from "./rules.ts";

/** SHA-256 in hex over canonical JSON: the same value gives the same hash, whatever the order of its members. */
export function hashOf(json: unknown): string {
  return createHash("sha256")
    .update(canonicalize(json) ?? "")
    .digest("hex");
}

/** Hash of a plan part: covers keys, images, actions, values and guards. */
export function hashPart(entries: readonly PlanEntry[]): string {
  return hashOf(entries.map(encodePlanEntry));
}

/** Hash of a plan: of the hashes of its parts, in the order of the parts. */
export function hashPlan(partHashes: readonly string[]): string {
  return hashOf(partHashes);
}

/** What an approver answered besides yes. */
export interface Choices {
  readonly groups?: readonly GroupChoice[];
  readonly accept?: "may-lose-good-writes";
  readonly created?: "report" | "delete";
}

/** Hash of what was approved: the plan and the choices made with it. The order of choices and of names means nothing. */
export function hashApproved(planHash: string, choices: Choices = {}): string {
  const groups = choices.groups?.map((choice) => ({
    ...choice,
    attributes: [...choice.attributes].sort(),
    ...(choice.revert ? { revert: [...choice.revert].sort() } : {}),
  }));
  const inOrder = groups
    ?.map((choice) => ({ choice, text: hashOf(choice) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1));
  return hashOf({ planHash, ...choices, ...(inOrder ? { groups: inOrder.map(({ choice }) => choice) } : {}) });
}
