import type { Decision, RequestKey } from "../contracts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import type { Recovery } from "../runtime/recovery.ts";
import type { Cursor, FoundKey, KeySource } from "./key-source.ts";
import { typedOrInvalid } from "./typed-or-invalid.ts";

interface ListCursor extends Cursor {
  /** How many keys were read. */
  readonly read: number;
}

interface NamedInRequest {
  readonly keys?: readonly RequestKey[];
  readonly decisions?: readonly Decision[];
}

/** The keys of the request itself, or those that it decides, from the copy of it in S3: they are item values, which execution history must not hold. */
async function* read(
  recovery: Recovery,
  from: Cursor | undefined,
  deps: Dependencies,
): AsyncGenerator<FoundKey, void, undefined> {
  const named = await deps.artifacts.getJson<NamedInRequest>(recovery.recoveryId, "request.json");
  const field = named.decisions ? "decisions" : "keys";
  const keys = named.decisions?.map(({ key }) => key) ?? named.keys ?? [];
  const start = (from as ListCursor | undefined)?.read ?? 0;
  for (const [index, key] of keys.slice(start).entries()) {
    const resumeAt: ListCursor = { read: start + index + 1 };
    yield { key: typedOrInvalid(key, recovery.keySchema, `Request field ${field}[${start + index}]`), resumeAt };
  }
}

export const list: KeySource = { kind: "list", read };
