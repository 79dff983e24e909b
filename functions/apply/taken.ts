/**
 * Which differences have been taken, by whom: a counter shows no trace of it, so that a second recovery of the same incident
 * would take them again. One record a key and attribute, under a pseudo id of the table. A claim is made before the write
 * and stays where nobody knows whether the write took effect.
 */
import { createHash } from "node:crypto";
import type { Item } from "../items/item.ts";
import { canonicalKey } from "../items/key.ts";
import { computedAttributesOf } from "../plan/computed-attributes.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";

/** Of an incident, epoch seconds: differences of two incidents that do not overlap may both be taken. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

interface Claim extends Window {
  readonly recoveryId: string;
  readonly planHash: string;
  /** Several attempts have it: what one of them knows of its own write says nothing of the others'. */
  readonly shared?: true;
  /** The recovery that took the repair back, and with it the claim. */
  readonly undoneBy?: string;
}

/** Two attempts may be alive at once: one was given up, and redriven before it had died. */
interface PlanAttempt {
  readonly planHash: string;
  readonly number: number;
}

interface Claims {
  readonly claims: readonly Claim[];
}

/** Attributes of an item whose difference another plan has taken, or may have. */
export async function readTaken(
  recovery: Recovery,
  key: Item,
  attributes: readonly string[],
  deps: Dependencies,
): Promise<string[]> {
  const taken: string[] = [];
  for (const attribute of attributes) {
    const known = await deps.recoveries.get<Claims>(ledgerOf(recovery), recordOf(recovery, key, attribute));
    if (known?.claims.some((claim) => stands(claim) && overlaps(claim, windowOf(recovery)))) taken.push(attribute);
  }
  return taken;
}

/** Claims attributes for a plan before they are written; answers whether all of them are its own. */
export async function claim(
  recovery: Recovery,
  { planHash, number }: PlanAttempt,
  key: Item,
  attributes: readonly string[],
  deps: Dependencies,
): Promise<boolean> {
  const shared = number > 1 ? ({ shared: true } as const) : {};
  // What nobody saw the end of has ended by now, as far as this difference goes.
  const { from, to } = windowOf(recovery);
  const taken = { from, to: Math.min(to, Math.ceil(deps.now().getTime() / 1000)) };
  const mine: Claim = { recoveryId: recovery.recoveryId, planHash, ...taken, ...shared };
  for (const attribute of attributes) {
    const { claims } = await change(recovery, key, attribute, deps, (before) => {
      const isTaken = before.some((one) => stands(one) && overlaps(one, mine) && !isSame(one, mine));
      if (isTaken) return before;
      if (!before.some((one) => stands(one) && isSame(one, mine))) return [...before, mine];
      return before.map((one) => (isSame(one, mine) ? { ...one, ...shared } : one));
    });
    if (!claims.some((one) => stands(one) && isSame(one, mine))) return false;
  }
  return true;
}

/** Gives the claims of a plan's first attempt back, where its write surely had no effect, and no other attempt has begun. */
export async function giveBack(
  recovery: Recovery,
  planHash: string,
  key: Item,
  attributes: readonly string[],
  deps: Dependencies,
): Promise<void> {
  const mine = { recoveryId: recovery.recoveryId, planHash };
  for (const attribute of attributes)
    await change(recovery, key, attribute, deps, (before) => before.filter((one) => one.shared || !isSame(one, mine)));
}

/**
 * After an undo has surely taken back what it undoes: the claim goes with it; and where that was an undo itself, the claim
 * that had gone comes back.
 */
export async function settleUndone(recovery: Recovery, key: Item, deps: Dependencies): Promise<void> {
  const { undoOf, recoveryId } = recovery;
  if (undoOf === undefined) return;
  for (const attribute of await computedAttributesOf(undoOf, deps))
    await change(recovery, key, attribute, deps, (before) =>
      before.map(({ undoneBy, ...one }): Claim => {
        if (undoneBy === undoOf) return one;
        if (one.recoveryId === undoOf) return { ...one, undoneBy: recoveryId };
        return undoneBy === undefined ? one : { ...one, undoneBy };
      }),
    );
}

async function change(
  recovery: Recovery,
  key: Item,
  attribute: string,
  deps: Dependencies,
  make: (before: readonly Claim[]) => readonly Claim[],
): Promise<Claims> {
  return deps.recoveries.update<Claims>(ledgerOf(recovery), recordOf(recovery, key, attribute), (before) => ({
    claims: make(before?.claims ?? []),
  }));
}

function stands({ undoneBy }: Claim): boolean {
  return undoneBy === undefined;
}

function isSame(one: Claim, other: Pick<Claim, "recoveryId" | "planHash">): boolean {
  return one.recoveryId === other.recoveryId && one.planHash === other.planHash;
}

export function overlaps(one: Window, other: Window): boolean {
  return one.from <= other.to && other.from <= one.to;
}

export function windowOf({ restoreDateTime, incidentEnd }: Recovery): Window {
  return { from: restoreDateTime + 1, to: incidentEnd ?? Number.MAX_SAFE_INTEGER };
}

/** The pseudo id under which a table's claims are kept. */
export function ledgerOf({ table }: Recovery): string {
  return `taken:${table.tableName}`;
}

/** Keys are item values: the recoveries table holds their hash alone. */
function recordOf({ keySchema }: Recovery, key: Item, attribute: string): string {
  const digest = createHash("sha256").update(canonicalKey(key, keySchema)).digest("hex");
  return `${digest.slice(0, 32)}#${attribute}`;
}
