import { referencesOf, TemplateError } from "./intrinsics.ts";
import type { Template } from "./template.ts";

/** For each resource the resources that must be there before it: by DependsOn, and by what its properties refer to. */
export function dependenciesOf(template: Template): ReadonlyMap<string, ReadonlySet<string>> {
  const dependencies = new Map<string, ReadonlySet<string>>();
  for (const [id, { DependsOn, Properties }] of Object.entries(template.Resources)) {
    for (const name of DependsOn)
      if (!Object.hasOwn(template.Resources, name))
        throw new TemplateError(`${id} depends on ${name}, which is not in the template.`);
    const names = new Set([...DependsOn, ...referencesOf(Properties)]);
    dependencies.set(id, new Set([...names].filter((name) => Object.hasOwn(template.Resources, name))));
  }
  refuseCircles(dependencies);
  return dependencies;
}

function refuseCircles(dependencies: ReadonlyMap<string, ReadonlySet<string>>): void {
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): void => {
    if (done.has(id)) return;
    if (path.includes(id))
      throw new TemplateError(`Circular dependency: ${[...path.slice(path.indexOf(id)), id].join(" → ")}.`);
    for (const next of dependencies.get(id) ?? []) visit(next, [...path, id]);
    done.add(id);
  };
  for (const id of dependencies.keys()) visit(id, []);
}
