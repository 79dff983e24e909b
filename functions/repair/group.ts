import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { attributeOf, type Images, type Item } from "../items/item.ts";
import { encodeItem, type JsonItem } from "../items/item-json.ts";
import { itemSize } from "../items/item-size.ts";
import type { KeySchema } from "../items/key.ts";
import type { Change } from "./change.ts";
import { keyShape } from "./key-shape.ts";
import type { ChangeKind, GroupChoice } from "./rules.ts";
import { type TableIndex, writeUnitsOf } from "./write-units.ts";

/** What the changes of a group have in common: its kind, the changed attributes and the shape of the key. */
export interface Signature {
  readonly kind: ChangeKind;
  readonly attributes: readonly string[];
  readonly keyShape: string;
}

/** One item of a group, cut down to its changed attributes, for the approver to look at. */
export interface GroupSample {
  readonly key: JsonItem;
  /** Left out where the attributes are too big to show. */
  readonly before?: JsonItem | null;
  /** As the incident left it; left out where nobody knows as well. */
  readonly after?: JsonItem | null;
  readonly live?: JsonItem | null;
}

export interface GroupSummary extends Signature {
  readonly id: string;
  readonly count: number;
  /** Counts of at most {@link MAX_TENANTS_SHOWN} tenants; the others together in `otherTenants`. */
  readonly tenants: Readonly<Record<string, number>>;
  readonly otherTenants: number;
  readonly samples: readonly GroupSample[];
  /** What writing all of them would take. */
  readonly writeUnits: number;
  /** Of the writes that the evidence saw, ISO 8601; left out where it has no times. */
  readonly written?: { readonly first: string; readonly last: string };
}

export const MAX_TENANTS_SHOWN = 100;
export const MAX_SAMPLES = 5;
const MAX_SAMPLE_BYTES = 2048;

/** The signature of a change. */
export function signatureOf(change: Change, key: Item, keySchema: KeySchema): Signature {
  return { kind: change.kind, attributes: change.attributes, keyShape: keyShape(key, keySchema) };
}

/** The same text for the same signature, in any run: `updated-5f0c…`. */
export function groupId({ kind, attributes, keyShape: shape }: Signature): string {
  const text = canonicalize({ kind, attributes: [...attributes].sort(), keyShape: shape });
  return `${kind}-${createHash("sha256")
    .update(text ?? "")
    .digest("hex")
    .slice(0, 12)}`;
}

/** A group of one item; groups grow by {@link mergeGroups}. */
export function groupOf(
  signature: Signature,
  item: { readonly key: Item; readonly images: Images; readonly tenant?: string | undefined },
  indexes: readonly TableIndex[] = [],
): GroupSummary {
  return {
    ...signature,
    id: groupId(signature),
    count: 1,
    tenants: item.tenant === undefined ? {} : Object.fromEntries([[item.tenant, 1]]),
    otherTenants: 0,
    samples: [sampleOf(signature, item.key, item.images)],
    writeUnits: writeUnitsOf(item.images, signature.kind === "updated" ? signature.attributes : undefined, indexes),
    ...(item.images.written ? { written: item.images.written } : {}),
  };
}

/** Groups of several parts as one list, the biggest first. The order of the parts decides only which samples are shown. */
export function mergeGroups(...lists: readonly (readonly GroupSummary[])[]): GroupSummary[] {
  const merged = new Map<string, GroupSummary>();
  for (const group of lists.flat()) {
    const known = merged.get(group.id);
    merged.set(group.id, known ? mergeTwo(known, group) : group);
  }
  return [...merged.values()].sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1));
}

/** The choice that picks a group as damage; `revert` narrows it to some of its attributes. */
export function choiceOf(group: Signature, revert?: readonly string[]): GroupChoice {
  const { kind, attributes, keyShape: shape } = group;
  return { kind, attributes, keyShape: shape, ...(revert ? { revert } : {}) };
}

function mergeTwo(a: GroupSummary, b: GroupSummary): GroupSummary {
  const counts = new Map(Object.entries(a.tenants));
  let otherTenants = a.otherTenants + b.otherTenants;
  for (const [tenant, count] of Object.entries(b.tenants)) {
    if (counts.has(tenant) || counts.size < MAX_TENANTS_SHOWN) counts.set(tenant, (counts.get(tenant) ?? 0) + count);
    else otherTenants += count;
  }
  return {
    ...a,
    count: a.count + b.count,
    tenants: Object.fromEntries(counts),
    otherTenants,
    samples: [...a.samples, ...b.samples].slice(0, MAX_SAMPLES),
    writeUnits: a.writeUnits + b.writeUnits,
    ...writtenBetween(a.written, b.written),
  };
}

function writtenBetween(a: GroupSummary["written"], b: GroupSummary["written"]): Pick<GroupSummary, "written"> {
  const known = [a, b].filter((one) => one !== undefined);
  const [first] = known.map((one) => one.first).sort();
  const last = known
    .map((one) => one.last)
    .sort()
    .at(-1);
  return first === undefined || last === undefined ? {} : { written: { first, last } };
}

function sampleOf(signature: Signature, key: Item, images: Images): GroupSample {
  const before = shownOf(signature, images.before);
  const after = images.after === undefined ? undefined : shownOf(signature, images.after);
  const live = shownOf(signature, images.live);
  const bytes = [before, after, live].reduce((total, image) => total + (image ? itemSize(image) : 0), 0);
  if (bytes > MAX_SAMPLE_BYTES) return { key: encodeItem(key) };
  return {
    key: encodeItem(key),
    before: before && encodeItem(before),
    ...(after === undefined ? {} : { after: after && encodeItem(after) }),
    live: live && encodeItem(live),
  };
}

function shownOf({ kind, attributes }: Signature, image: Item | null): Item | null {
  if (image === null || kind !== "updated") return image;
  return Object.fromEntries(
    attributes.flatMap((name) => {
      const value = attributeOf(image, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
