/** The value that the application reads: `none`, `all`, or tenants separated by commas. */

/** Who is frozen: everybody, or these tenants (none of them: nobody). */
export type FlagScope = "all" | readonly string[];

/** "Standard parameters have a maximum value size of 4 KB". */
export const MAX_FLAG_BYTES = 4096;

/** Reads a flag; undefined where it is none: an empty text, an empty entry, or `none` and `all` among tenants. */
export function parseFlag(text: string): FlagScope | undefined {
  const trimmed = text.trim();
  if (trimmed === "none") return [];
  if (trimmed === "all") return "all";
  const entries = trimmed.split(",").map((entry) => entry.trim());
  return entries.some((entry) => !isTenantEntry(entry)) ? undefined : [...new Set(entries)];
}

export function formatFlag(scope: FlagScope): string {
  if (scope === "all") return "all";
  // A StringList can't be empty, and an application must never meet an empty text.
  return scope.length === 0 ? "none" : scope.join(",");
}

/** Whether a tenant's name can stand in a flag and be read back as it was. */
export function isTenantEntry(tenant: string): boolean {
  return tenant !== "" && tenant !== "none" && tenant !== "all" && tenant.trim() === tenant && !tenant.includes(",");
}

export function joinScopes(scopes: readonly FlagScope[]): FlagScope {
  const tenants = new Set<string>();
  for (const scope of scopes) {
    if (scope === "all") return "all";
    for (const tenant of scope) tenants.add(tenant);
  }
  return [...tenants];
}

export function covers(scope: FlagScope, wanted: FlagScope): boolean {
  if (scope === "all") return true;
  return wanted !== "all" && wanted.every((tenant) => scope.includes(tenant));
}

export function sameScope(left: FlagScope, right: FlagScope): boolean {
  return covers(left, right) && covers(right, left);
}
