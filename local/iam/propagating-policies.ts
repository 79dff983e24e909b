import type { NamedPolicy } from "./evaluate.ts";

interface Snapshot {
  readonly policies: readonly NamedPolicy[];
  readonly changedAtMs: number;
}

/**
 * A role's policies as stored and as enforced. A change is enforced once it is `propagationMs` old, so what is in force
 * is the latest snapshot of that age. What has once been in force stays so when the delay is made longer afterwards.
 */
export class PropagatingPolicies {
  /** The first one is in force; the others are on their way, in order. */
  #snapshots: Snapshot[] = [{ policies: [], changedAtMs: Number.NEGATIVE_INFINITY }];

  change(policies: readonly NamedPolicy[], changedAtMs: number, atOnce: boolean): void {
    if (atOnce) this.#snapshots = [];
    this.#snapshots.push({ policies, changedAtMs });
  }

  /** `early`: as a host sees them that knows of every change already. */
  inForce(nowMs: number, propagationMs: number, early = false): readonly NamedPolicy[] {
    if (early) return this.#snapshots.at(-1)?.policies ?? [];
    const latest = this.#snapshots.findLastIndex(({ changedAtMs }) => changedAtMs + propagationMs <= nowMs);
    if (latest > 0) this.#snapshots.splice(0, latest);
    return this.#snapshots[0]?.policies ?? [];
  }
}
