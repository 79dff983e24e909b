import { readLive } from "../evidence/live-items.ts";
import type { Item } from "../items/item.ts";
import { encodeItem, type JsonItem } from "../items/item-json.ts";
import { canonicalKey } from "../items/key.ts";
import type { Outcome } from "../repair/outcome.ts";
import type { PlanEntry } from "../repair/plan-entry.ts";
import { type Verification, verifyRepair } from "../repair/verify-repair.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { isWriting } from "./write-part.ts";

/** One item that the recovery leaves to a person: why, and which attributes it is about. */
export interface LeftForDecision {
  readonly key: JsonItem;
  /** `conflict: attributes`, `unwritable: too-big`, `not verified: changed-since`. */
  readonly reason: string;
  readonly attributes?: readonly string[];
}

/** An item that time to live would take at once, so that it is not put back. */
export interface ExpiredItem {
  readonly key: JsonItem;
  readonly image: JsonItem;
}

/** What became of the entries of one part: `results/<planHash>/verify/<part>.json`. */
export interface VerifiedPart {
  readonly part: string;
  /** By outcome of the write: written, already, expired, unwritable, conflict, missing. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** By what the table holds now, of the items that were to be written and are not conflicts. */
  readonly verified: Readonly<Record<Verification, number>>;
  /** By planned action, of the entries that were not to be written. */
  readonly notWritten: Readonly<Record<string, number>>;
  readonly left: readonly LeftForDecision[];
  /** Items that the incident created and the rules leave. */
  readonly created: readonly JsonItem[];
  /** Items that stay gone since their time had come, as they were. */
  readonly expired: readonly ExpiredItem[];
  /** Items whose repair is not as planned, of which people are asked. */
  readonly notAsPlanned: number;
}

/** Reads the repaired items again and compares them with what was meant; lists what is left to a person. */
export async function verifyEntries(
  recovery: Recovery,
  part: string,
  entries: readonly PlanEntry[],
  outcomes: ReadonlyMap<string, readonly Outcome[]>,
  freezeProven: boolean,
  deps: Dependencies,
): Promise<VerifiedPart> {
  const count = { outcomes: new Map<string, number>(), notWritten: new Map<string, number>() };
  const verified: Record<Verification, number> = { "as-planned": 0, "changed-since": 0, "not-repaired": 0 };
  const left: LeftForDecision[] = [];
  const created: JsonItem[] = [];
  const expired: ExpiredItem[] = [];
  let notAsPlanned = 0;
  const live = await liveByKey(recovery, entries, deps);
  for (const entry of entries) {
    const key = encodeItem(entry.key);
    const { repair } = entry;
    if (!isWriting(entry)) {
      add(count.notWritten, repair.action);
      if (repair.action === "created") created.push(key);
      if (repair.action === "expired") expired.push(...expiredItem(entry));
      const reason = reasonOf(repair);
      if (reason) left.push({ key, ...reason });
      continue;
    }
    const id = canonicalKey(entry.key, recovery.keySchema);
    const last = outcomes.get(id)?.at(-1);
    add(count.outcomes, last?.outcome ?? "missing");
    if (last?.outcome === "expired") expired.push(...expiredItem(entry));
    const result = last
      ? checkWritten(entry.repair, last, live.get(id) ?? null, freezeProven)
      : { asPlanned: false, left: "not attempted" };
    if ("verification" in result && result.verification) verified[result.verification] += 1;
    if (!result.asPlanned) notAsPlanned += 1;
    if (result.left) left.push({ key, reason: result.left });
    // Under `merge` the rest of the item is repaired, and these attributes are nobody's but a person's.
    else if (entry.repair.action === "update" && entry.repair.left)
      left.push({ key, reason: "conflict: attributes", attributes: entry.repair.left });
  }
  return {
    part,
    outcomes: Object.fromEntries(count.outcomes),
    verified,
    notWritten: Object.fromEntries(count.notWritten),
    left,
    created,
    expired,
    notAsPlanned,
  };
}

/** One, for every item that was there before. */
export function expiredItem({ key, images }: Pick<PlanEntry, "key" | "images">): ExpiredItem[] {
  return images.before ? [{ key: encodeItem(key), image: encodeItem(images.before) }] : [];
}

/** Why a person is to look at an item that the plan does not write. */
export function reasonOf(repair: PlanEntry["repair"]): Omit<LeftForDecision, "key"> | undefined {
  if (repair.action === "conflict")
    return { reason: `conflict: ${repair.reason}`, ...(repair.attributes ? { attributes: repair.attributes } : {}) };
  return repair.action === "unwritable" ? { reason: `unwritable: ${repair.reason}` } : undefined;
}

interface Checked {
  readonly asPlanned: boolean;
  readonly verification?: Verification;
  readonly left?: string;
}

/** While the freeze is proven nobody else writes, so whatever differs is not as planned; without it good writes go on. */
function checkWritten(
  repair: Parameters<typeof verifyRepair>[0],
  last: Outcome,
  live: Item | null,
  freezeProven: boolean,
): Checked {
  if (last.outcome === "expired") return { asPlanned: true };
  if (last.outcome === "unwritable") return { asPlanned: false, left: `unwritable: ${last.message}` };
  if (last.outcome === "conflict") return { asPlanned: !freezeProven, left: `conflict: ${last.reason}` };
  if (last.outcome === "deleted-unlike-plan") return { asPlanned: false, left: "conflict: put-back" };
  const verification = verifyRepair(repair, live);
  if (verification === "as-planned") return { asPlanned: true, verification };
  if (verification === "changed-since" && !freezeProven) return { asPlanned: true, verification };
  return { asPlanned: false, verification, left: `not verified: ${verification}` };
}

async function liveByKey(recovery: Recovery, entries: readonly PlanEntry[], deps: Dependencies) {
  const live = new Map<string, Item>();
  const keys = entries.filter(isWriting).map(({ key }) => key);
  for await (const { key, live: item } of readLive(recovery, keys, deps))
    if (item) live.set(canonicalKey(key, recovery.keySchema), item);
  return live;
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
