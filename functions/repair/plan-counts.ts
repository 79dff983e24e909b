import { type GroupSummary, groupOf, mergeGroups } from "./group.ts";
import { updatedNames } from "./item-state.ts";
import type { PlanEntry } from "./plan-entry.ts";
import { type ConflictReason, isWrite, type RepairAction } from "./repair.ts";
import { type TableIndex, writeUnitsOf } from "./write-units.ts";

/** What a plan would do, in numbers; of one part, or of all parts after {@link mergeCounts}. */
export interface PlanCounts {
  readonly items: number;
  readonly actions: Readonly<Partial<Record<RepairAction, number>>>;
  readonly conflicts: Readonly<Partial<Record<ConflictReason, number>>>;
  readonly nearBoundary: number;
  /** Items of which a counter's difference is taken back: good increments inside the window go with it. */
  readonly delta: number;
  /** Items whose repair rests on two images alone; a plan with any is marked two-way and needs the accept. */
  readonly twoWay: number;
  /** How many items would have this attribute reverted on two images alone. */
  readonly twoWayAttributes: Readonly<Record<string, number>>;
  /** Deletes without a version to rely on: they need the table frozen until they are done. */
  readonly deletesThatNeedFreeze: number;
  /** What the writes of the plan as it stands take at most. */
  readonly writeUnits: number;
  readonly groups: readonly GroupSummary[];
}

export const NO_COUNTS: PlanCounts = {
  items: 0,
  actions: {},
  conflicts: {},
  nearBoundary: 0,
  delta: 0,
  twoWay: 0,
  twoWayAttributes: {},
  deletesThatNeedFreeze: 0,
  writeUnits: 0,
  groups: [],
};

/** Counts one part; `tenantOf` names the tenant of a key where the table has tenants, `indexes` make its writes dearer. */
export function countEntries(
  entries: Iterable<PlanEntry>,
  tenantOf: (entry: PlanEntry) => string | undefined = () => undefined,
  indexes: readonly TableIndex[] = [],
): PlanCounts {
  const actions = new Map<string, number>();
  const conflicts = new Map<string, number>();
  const twoWayAttributes = new Map<string, number>();
  const groups = new Map<string, GroupSummary>();
  let [items, nearBoundary, delta, twoWay, deletesThatNeedFreeze, writeUnits] = [0, 0, 0, 0, 0, 0];
  for (const entry of entries) {
    const { repair } = entry;
    items += 1;
    count(actions, repair.action);
    if (repair.action === "conflict") count(conflicts, repair.reason);
    if (repair.action === "delete" && repair.needsFreeze) deletesThatNeedFreeze += 1;
    if (isWrite(repair))
      writeUnits += writeUnitsOf(entry.images, repair.action === "update" ? updatedNames(repair) : undefined, indexes);
    if (entry.flags?.includes("near-boundary")) nearBoundary += 1;
    if (entry.flags?.includes("delta")) delta += 1;
    if (entry.flags?.includes("two-way")) twoWay += 1;
    for (const name of twoWayNames(entry)) count(twoWayAttributes, name);
    if (entry.signature) {
      const { key, images } = entry;
      const one = groupOf(entry.signature, { key, images, tenant: tenantOf(entry) }, indexes);
      const [merged = one] = mergeGroups([groups.get(one.id) ?? []].flat(), [one]);
      groups.set(one.id, merged);
    }
  }
  return {
    items,
    actions: Object.fromEntries(actions),
    conflicts: Object.fromEntries(conflicts),
    nearBoundary,
    delta,
    twoWay,
    twoWayAttributes: Object.fromEntries(twoWayAttributes),
    deletesThatNeedFreeze,
    writeUnits,
    groups: mergeGroups([...groups.values()]),
  };
}

/** The counts of several parts as one. */
export function mergeCounts(...counts: readonly PlanCounts[]): PlanCounts {
  return {
    items: total(counts.map(({ items }) => items)),
    actions: mergeMaps(counts.map(({ actions }) => actions)),
    conflicts: mergeMaps(counts.map(({ conflicts }) => conflicts)),
    nearBoundary: total(counts.map(({ nearBoundary }) => nearBoundary)),
    delta: total(counts.map(({ delta }) => delta)),
    twoWay: total(counts.map(({ twoWay }) => twoWay)),
    twoWayAttributes: mergeMaps(counts.map(({ twoWayAttributes }) => twoWayAttributes)),
    deletesThatNeedFreeze: total(counts.map(({ deletesThatNeedFreeze }) => deletesThatNeedFreeze)),
    writeUnits: total(counts.map(({ writeUnits }) => writeUnits)),
    groups: mergeGroups(...counts.map(({ groups }) => groups)),
  };
}

function twoWayNames({ repair }: PlanEntry): readonly string[] {
  if (repair.action === "conflict" && repair.reason === "two-way") return repair.attributes ?? [];
  return repair.action === "update" ? (repair.twoWay ?? []) : [];
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function mergeMaps(maps: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const merged = new Map<string, number>();
  for (const [name, number] of maps.flatMap((map) => Object.entries(map))) {
    merged.set(name, (merged.get(name) ?? 0) + number);
  }
  return Object.fromEntries(merged);
}
