import pMap from "p-map";
import type { JsonItem } from "../items/item-json.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { recordedSlices } from "./collect-slice.ts";
import { readRun } from "./key-runs.ts";
import { mergeRuns } from "./merge-runs.ts";

/** A part is the unit of maps, of journalling and of resuming. */
export const PART_KEYS = 500;
export const PART_BYTES = 4 * 1024 * 1024;
/** Of the JSON around one key. */
const SEPARATOR_BYTES = 1;
const PARTS_AT_ONCE = 8;

/** Content of `keys/<part>.json`. */
export interface KeyPart {
  readonly keys: readonly JsonItem[];
}

/** The record `keys` of the recoveries table. collected = keys + duplicates + outsideTenants. */
export interface KeysRecord {
  readonly source: Recovery["keySource"];
  /** Keys as often as they were named, and those that the evidence alone named. */
  readonly collected: number;
  readonly duplicates: number;
  readonly outsideTenants: number;
  /** Keys found in the evidence alone: deleted since, so the source could not name them. */
  readonly onlyInEvidence: number;
  /** Different keys in all parts. */
  readonly keys: number;
  readonly parts: number;
}

/** Name of a part, in order: `00001`, `00002` … */
export function partName(index: number): string {
  return String(index + 1).padStart(5, "0");
}

/** Merges all that was collected into parts of different keys. The same runs always give the same parts. */
export async function writeKeyParts(recovery: Recovery, deps: Dependencies): Promise<KeysRecord> {
  const counts = { duplicates: 0, onlyInEvidence: 0, keys: 0 };
  const fromSource = await recordedSlices(recovery.recoveryId, "source", deps);
  const fromEvidence = await recordedSlices(recovery.recoveryId, "evidence", deps);
  const runs = [...fromSource, ...fromEvidence].flatMap(({ run }) => (run ? [run] : []));
  const sourceRuns = fromSource.filter(({ run }) => run).length;

  async function* distinct() {
    let last = "";
    for await (const entry of mergeRuns(runs.map((run) => readRun(run, deps)))) {
      const ofSource = entry.run < sourceRuns;
      if (entry.fingerprint === last) {
        // What the evidence names as well is no repetition.
        if (ofSource) counts.duplicates++;
        continue;
      }
      last = entry.fingerprint;
      counts.keys++;
      if (!ofSource) counts.onlyInEvidence++;
      yield entry;
    }
  }
  let parts = 0;
  await pMap(
    inParts(distinct()),
    async ({ name, keys }) => {
      const part: KeyPart = { keys };
      await deps.artifacts.putJson(recovery.recoveryId, `keys/${name}.json`, part);
      parts++;
    },
    { concurrency: PARTS_AT_ONCE },
  );
  const outsideTenants = fromSource.reduce((sum, slice) => sum + slice.outsideTenants, 0);
  const collected = counts.keys + counts.duplicates + outsideTenants;
  return { source: recovery.keySource, collected, outsideTenants, ...counts, parts };
}

async function* inParts(entries: AsyncIterable<{ readonly key: JsonItem; readonly bytes: number }>) {
  let keys: JsonItem[] = [];
  let bytes = 0;
  let index = 0;
  for await (const entry of entries) {
    const size = entry.bytes + SEPARATOR_BYTES;
    if (keys.length === PART_KEYS || (keys.length > 0 && bytes + size > PART_BYTES)) {
      yield { name: partName(index++), keys };
      keys = [];
      bytes = 0;
    }
    keys.push(entry.key);
    bytes += size;
  }
  if (keys.length > 0) yield { name: partName(index), keys };
}
