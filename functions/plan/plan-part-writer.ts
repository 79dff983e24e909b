import { fingerprintOf } from "../key-sources/key-runs.ts";
import { tenantOf } from "../read-only/tenant-scope.ts";
import { countEntries, mergeCounts, NO_COUNTS, type PlanCounts } from "../repair/plan-counts.ts";
import { encodePlanEntry, type JsonPlanEntry, type PlanEntry } from "../repair/plan-entry.ts";
import { planRepair } from "../repair/plan-repair.ts";
import { isListed, isWrite, type Repair } from "../repair/repair.ts";
import type { RepairRules } from "../repair/rules.ts";
import { pinOf, toCanonicalJson } from "../runtime/artifacts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { PlannedPart, PlanPartResult, TrialCandidate } from "./plan-record.ts";
import { widestRules } from "./widest-rules.ts";

/** "One S3 object of at most 500 keys and 4 MiB": a part of keys may become several parts of plan. */
const MAX_ENTRIES = 500;
const MAX_BYTES = 4 * 1024 * 1024;
const EMPTY_BYTES = Buffer.byteLength('{"entries":[]}');
const SEPARATOR_BYTES = 1;

/** The trial takes one item of each kind of repair and group; a few more are kept in case the choice of groups drops some. */
export const CANDIDATES_A_GROUP = 3;

/** Collects entries into plan parts; holds no more than one part in memory. Keys with nothing to decide are only counted. */
export class PlanPartWriter {
  readonly #recovery: Recovery;
  readonly #round: number;
  readonly #part: string;
  readonly #deps: Dependencies;
  #entries: JsonPlanEntry[] = [];
  #bytes = EMPTY_BYTES;
  #listed = 0;
  #keys: NonNullable<PlannedPart["keys"]> | undefined;
  #counts: PlanCounts = NO_COUNTS;
  readonly #widest: RepairRules;
  readonly #parts: PlannedPart[] = [];
  readonly #candidates = new Map<string, TrialCandidate[]>();
  readonly #deletesThatNeedFreeze = new Map<string, number>();

  constructor(
    recovery: Recovery,
    of: { readonly round: number; readonly part: string; readonly rules: RepairRules },
    deps: Dependencies,
  ) {
    this.#recovery = recovery;
    this.#round = of.round;
    this.#part = of.part;
    this.#widest = widestRules(of.rules);
    this.#deps = deps;
  }

  async add(entry: PlanEntry): Promise<void> {
    const { table, keySchema, indexes } = this.#recovery;
    this.#counts = mergeCounts(
      this.#counts,
      countEntries([entry], ({ key }) => tenantOf(table, keySchema, key), indexes),
    );
    const atMost = planRepair(entry.images, this.#widest, entry.judgement);
    // What stays as it is under any choice of groups need not be written down.
    if (isLeft(entry.repair) && isLeft(atMost)) return;
    const json = encodePlanEntry(entry);
    const bytes = Buffer.byteLength(toCanonicalJson(json)) + SEPARATOR_BYTES;
    if (this.#entries.length >= MAX_ENTRIES || (this.#entries.length > 0 && this.#bytes + bytes > MAX_BYTES))
      await this.#flush();
    this.#remember(entry, atMost);
    this.#entries.push(json);
    if (isListed(entry.repair)) this.#listed += 1;
    this.#widen(fingerprintOf(entry.key, keySchema));
    this.#bytes += bytes;
  }

  async finish(): Promise<PlanPartResult> {
    if (this.#entries.length > 0) await this.#flush();
    return {
      part: this.#part,
      counts: this.#counts,
      parts: this.#parts,
      candidates: [...this.#candidates.values()].flat(),
      deletesThatNeedFreeze: Object.fromEntries(this.#deletesThatNeedFreeze),
    };
  }

  /** Notes what an approver's choice could make of the entry: a write to try first, a delete that needs the freeze. */
  #remember({ group, signature }: PlanEntry, atMost: Repair): void {
    if (group === undefined || !signature || !isWrite(atMost)) return;
    if (atMost.action === "delete" && atMost.needsFreeze)
      this.#deletesThatNeedFreeze.set(group, (this.#deletesThatNeedFreeze.get(group) ?? 0) + 1);
    const kept = this.#candidates.get(group) ?? [];
    if (kept.length >= CANDIDATES_A_GROUP) return;
    const { kind } = signature;
    this.#candidates.set(group, [...kept, { part: this.#name(), index: this.#entries.length, group, kind }]);
  }

  #widen(fingerprint: string): void {
    const { first, last } = this.#keys ?? { first: fingerprint, last: fingerprint };
    this.#keys = { first: fingerprint < first ? fingerprint : first, last: fingerprint > last ? fingerprint : last };
  }

  #name(): string {
    return `${this.#part}-${this.#parts.length}`;
  }

  async #flush(): Promise<void> {
    const part = this.#name();
    const stored = await this.#deps.artifacts.putJson(this.#recovery.recoveryId, `plan/${this.#round}/${part}.json`, {
      entries: this.#entries,
    });
    const listed = this.#listed === 0 ? {} : { listed: this.#listed };
    const keys = this.#keys ? { keys: this.#keys } : {};
    this.#parts.push({ part, entries: this.#entries.length, ...listed, ...keys, ...pinOf(stored) });
    this.#entries = [];
    this.#listed = 0;
    this.#keys = undefined;
    this.#bytes = EMPTY_BYTES;
  }
}

function isLeft({ action }: Repair): boolean {
  return action === "unchanged" || action === "not-damaged";
}
