import { tenantOf } from "../read-only/tenant-scope.ts";
import { countEntries, mergeCounts, NO_COUNTS, type PlanCounts } from "../repair/plan-counts.ts";
import { encodePlanEntry, type JsonPlanEntry, type PlanEntry } from "../repair/plan-entry.ts";
import { toCanonicalJson } from "../runtime/artifacts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { PlannedPart, PlanPartResult, TrialCandidate } from "./plan-record.ts";

/** "One S3 object of at most 500 keys and 4 MiB": a part of keys may become several parts of plan. */
const MAX_ENTRIES = 500;
const MAX_BYTES = 4 * 1024 * 1024;

/** The trial takes one item of each kind of repair and group; a few more are kept in case the choice of groups drops some. */
const CANDIDATES_A_GROUP = 3;

/** Collects entries into plan parts; holds no more than one part in memory. Keys with nothing to decide are only counted. */
export class PlanPartWriter {
  readonly #recovery: Recovery;
  readonly #round: number;
  readonly #part: string;
  readonly #deps: Dependencies;
  #entries: JsonPlanEntry[] = [];
  #bytes = 0;
  #counts: PlanCounts = NO_COUNTS;
  readonly #parts: PlannedPart[] = [];
  readonly #candidates = new Map<string, TrialCandidate[]>();

  constructor(recovery: Recovery, round: number, part: string, deps: Dependencies) {
    this.#recovery = recovery;
    this.#round = round;
    this.#part = part;
    this.#deps = deps;
  }

  async add(entry: PlanEntry): Promise<void> {
    const { table, keySchema } = this.#recovery;
    this.#counts = mergeCounts(
      this.#counts,
      countEntries([entry], ({ key }) => tenantOf(table, keySchema, key)),
    );
    // Equal images stay equal under any choice of groups: there is nothing to write down.
    if (entry.repair.action === "unchanged") return;
    const json = encodePlanEntry(entry);
    const bytes = Buffer.byteLength(toCanonicalJson(json));
    if (this.#entries.length >= MAX_ENTRIES || (this.#entries.length > 0 && this.#bytes + bytes > MAX_BYTES))
      await this.#flush();
    this.#keepCandidate(entry);
    this.#entries.push(json);
    this.#bytes += bytes;
  }

  async finish(): Promise<PlanPartResult> {
    if (this.#entries.length > 0) await this.#flush();
    return {
      part: this.#part,
      counts: this.#counts,
      parts: this.#parts,
      candidates: [...this.#candidates.values()].flat(),
    };
  }

  #keepCandidate({ group, signature }: PlanEntry): void {
    if (group === undefined || !signature) return;
    const kept = this.#candidates.get(group) ?? [];
    if (kept.length >= CANDIDATES_A_GROUP) return;
    const { kind } = signature;
    this.#candidates.set(group, [...kept, { part: this.#name(), index: this.#entries.length, group, kind }]);
  }

  #name(): string {
    return `${this.#part}-${this.#parts.length}`;
  }

  async #flush(): Promise<void> {
    const part = this.#name();
    const { sha256, versionId } = await this.#deps.artifacts.putJson(
      this.#recovery.recoveryId,
      `plan/${this.#round}/${part}.json`,
      { entries: this.#entries },
    );
    this.#parts.push({ part, sha256, entries: this.#entries.length, ...(versionId ? { versionId } : {}) });
    this.#entries = [];
    this.#bytes = 0;
  }
}
