import { ResourceNotFoundException } from "@aws-sdk/client-dynamodb";
import type { Item } from "../items/item.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { RestoreFailed } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { EvidenceImages } from "./evidence.ts";
import { inChunks, readItems } from "./read-items.ts";
import { ownerOf, type RestoreRole, restoredTableName } from "./restored-tables.ts";

/** The images of these keys from the restored tables, in their order; without incidentEnd `after` is missing: unknown. */
export async function* readRestoredImages(
  recovery: Recovery,
  keys: Iterable<Item>,
  deps: Dependencies,
): AsyncGenerator<EvidenceImages, void, undefined> {
  for (const chunk of inChunks(keys)) {
    const [before, after] = await Promise.all([
      readRole("before", chunk, recovery, deps),
      recovery.incidentEnd === undefined ? undefined : readRole("after", chunk, recovery, deps),
    ]);
    for (const [index, key] of chunk.entries())
      yield { key, before: before[index] ?? null, ...(after ? { after: after[index] ?? null } : {}) };
  }
}

async function readRole(role: RestoreRole, keys: readonly Item[], recovery: Recovery, deps: Dependencies) {
  const tableName = restoredTableName(ownerOf(recovery), role);
  try {
    return await readItems(keys, { client: deps.aws.dynamodb, tableName, keySchema: recovery.keySchema });
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new RestoreFailed(
      `Restored table "${tableName}" of recovery "${ownerOf(recovery)}" is not there any more: it was deleted, or has expired. Start a new recovery.`,
      { cause: error },
    );
  }
}
