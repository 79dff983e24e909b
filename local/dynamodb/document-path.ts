import type { AttributeValue, Item } from "./attribute-value.ts";

/** Names and list positions, outermost first: `a.b[2]` is `["a", "b", 2]`. */
export type DocumentPath = readonly (string | number)[];

/** What a path leads to, or nothing. */
export function resolvePath(path: DocumentPath, item: Item): AttributeValue | undefined {
  let value: AttributeValue | undefined = { M: item };
  for (const step of path) {
    value = childOf(value, step);
    if (value === undefined) return undefined;
  }
  return value;
}

function childOf(parent: AttributeValue, step: string | number): AttributeValue | undefined {
  if (typeof step === "number") return parent.L?.[step];
  return parent.M !== undefined && Object.hasOwn(parent.M, step) ? parent.M[step] : undefined;
}

/** The item cut down to some paths; list elements keep their order and close up, as DynamoDB returns them. */
export function projectItem(item: Item, paths: readonly DocumentPath[]): Item {
  if (paths.every((path) => path.length === 1)) {
    const projected: Record<string, AttributeValue> = {};
    for (const [name] of paths) {
      const value = resolvePath([String(name)], item);
      if (value !== undefined) projected[String(name)] = value;
    }
    return projected;
  }
  return projectInto({ M: item }, paths)?.M ?? {};
}

function projectInto(value: AttributeValue, paths: readonly DocumentPath[]): AttributeValue | undefined {
  if (paths.some((path) => path.length === 0)) return value;
  const bySteps = new Map<string | number, DocumentPath[]>();
  for (const [step, ...rest] of paths) {
    if (step === undefined) continue;
    bySteps.set(step, [...(bySteps.get(step) ?? []), rest]);
  }
  const kept = [...bySteps].flatMap(([step, rests]) => {
    const child = childOf(value, step);
    const projected = child === undefined ? undefined : projectInto(child, rests);
    return projected === undefined ? [] : [{ step, projected }];
  });
  if (kept.length === 0) return undefined;
  if (value.M !== undefined) return { M: Object.fromEntries(kept.map(({ step, projected }) => [step, projected])) };
  return { L: kept.toSorted((a, b) => Number(a.step) - Number(b.step)).map(({ projected }) => projected) };
}
