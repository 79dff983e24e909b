import type { Rules } from "../contracts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";

/** Attributes that the rules of any round of a recovery compute; of an undo, those of what it takes back. */
export async function computedAttributesOf(recoveryId: string, deps: Dependencies): Promise<string[]> {
  const names = new Set<string>();
  for (let id: string | undefined = recoveryId; id !== undefined; id = (await deps.recoveries.load(id)).undoOf)
    for await (const { document } of deps.recoveries.list<{ readonly rules: Rules }>(id, "rules#"))
      for (const name of namesIn(document.rules)) names.add(name);
  return [...names];
}

/** Attributes that are computed, and not put back. */
export function namesIn({ attributes }: Pick<Rules, "attributes">): string[] {
  return [...(attributes?.delta ?? []), ...Object.keys(attributes?.set ?? {})];
}
