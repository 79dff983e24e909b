/** Substitution of `${Placeholder}` in a definition: the only one, for the construct, the picture and the tests. */

/** The definition does not parse, or what it asks for and what it is given are not the same set. */
export class PlaceholderMismatch extends Error {
  override readonly name = "PlaceholderMismatch";
}

const PLACEHOLDER = /\$\{([^}]*)\}/g;

/** The names of all placeholders in a definition, sorted, each once. */
export function placeholdersOf(definition: string): string[] {
  const names = new Set<string>();
  for (const [, name] of definition.matchAll(PLACEHOLDER)) names.add(name ?? "");
  return [...names].sort();
}

/** Fails unless the definition asks for exactly the given names: a missing one breaks a state, an unused one is a typo. */
export function assertPlaceholders(definition: string, given: Iterable<string>): void {
  const wanted = new Set(placeholdersOf(definition));
  const provided = new Set(given);
  const missing = [...wanted].filter((name) => !provided.has(name));
  const unused = [...provided].filter((name) => !wanted.has(name));
  if (missing.length > 0 || unused.length > 0)
    throw new PlaceholderMismatch(
      `The state machine's placeholders and the values given for them differ: missing [${missing.join(", ")}], not used [${unused.join(", ")}]. Give exactly one value for each placeholder.`,
    );
}

/** Puts the values in; a value is escaped for the JSON string that it goes into. */
export function render(definition: string, values: Readonly<Record<string, string>>): string {
  assertPlaceholders(definition, Object.keys(values));
  return definition.replace(PLACEHOLDER, (_, name: string) => JSON.stringify(values[name]).slice(1, -1));
}
