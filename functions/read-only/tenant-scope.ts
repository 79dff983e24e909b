/**
 * How a tenant stands in the partition key (`tenantKey` of the configuration): what freezes a tenant, and whose an item is.
 * `{tenant}` is the tenant itself, text around it stands as it is, and a `*` at the end is anything (or nothing).
 */
import type { ProtectedTable } from "../contracts.ts";
import { attributeOf, type Item } from "../items/item.ts";
import type { KeySchema } from "../items/key.ts";
import { show } from "../request/show.ts";

interface TenantKey {
  readonly prefix: string;
  readonly suffix: string;
  /** Anything may follow. */
  readonly open: boolean;
}

/** A condition of a policy statement on `dynamodb:LeadingKeys`. */
export interface LeadingKeys {
  readonly operator: "ForAnyValue:StringEquals" | "ForAnyValue:StringLike";
  readonly values: readonly string[];
}

function parse(tenantKey: string): TenantKey {
  const open = tenantKey.endsWith("*");
  const [prefix = "", suffix = ""] = (open ? tenantKey.slice(0, -1) : tenantKey).split("{tenant}");
  return { prefix, suffix, open };
}

/** The tenant that a partition key value belongs to; undefined where it belongs to none. */
export function tenantOfValue(tenantKey: string, value: string): string | undefined {
  const { prefix, suffix, open } = parse(tenantKey);
  if (!value.startsWith(prefix)) return undefined;
  const rest = value.slice(prefix.length);
  const end = open ? rest.indexOf(suffix) : rest.length - suffix.length;
  if (end <= 0 || !rest.startsWith(suffix, end)) return undefined;
  return rest.slice(0, end);
}

/** The tenant of an item by its key; undefined where the table has no tenants, or the item is nobody's. */
export function tenantOf(
  { tenantKey }: Pick<ProtectedTable, "tenantKey">,
  keySchema: KeySchema,
  key: Item,
): string | undefined {
  if (tenantKey === undefined) return undefined;
  const partition = keySchema.attributes.find(({ role }) => role === "HASH");
  const value = partition ? attributeOf(key, partition.name)?.S : undefined;
  return value === undefined ? undefined : tenantOfValue(tenantKey, value);
}

/** A partition key value in a tenant's scope: where the proof of a freeze knocks. */
export function partitionKeyOf(tenantKey: string, tenant: string, ending: string): string {
  const { prefix, suffix, open } = parse(tenantKey);
  return `${prefix}${tenant}${suffix}${open ? ending : ""}`;
}

/** What the tenants' partition keys look like to a policy. `* ? ${` in a name stand for themselves. */
export function leadingKeys(tenantKey: string, tenants: readonly string[]): LeadingKeys {
  const { prefix, suffix, open } = parse(tenantKey);
  const literals = tenants.map((tenant) => `${prefix}${tenant}${suffix}`);
  return open
    ? { operator: "ForAnyValue:StringLike", values: literals.map((literal) => `${escapeWildcards(literal)}*`) }
    : { operator: "ForAnyValue:StringEquals", values: literals.map((literal) => escapeVariables(literal)) };
}

/** Policies write a literal `*`, `?` or `$` as a variable; only documents of Version 2012-10-17 know variables. */
function escapeWildcards(text: string): string {
  return text.replace(/[*?]|\$(?=\{)/g, (character) => `\${${character}}`);
}

function escapeVariables(text: string): string {
  return text.replace(/\$(?=\{)/g, "${$}");
}

/** What speaks against freezing by these tenants, whatever the guard; undefined: nothing. */
export function tenantScopeProblem(
  { tenantKey }: Pick<ProtectedTable, "tenantKey">,
  keySchema: KeySchema,
  tenants: readonly string[],
): string | undefined {
  if (tenantKey === undefined)
    return `the table has no "tenantKey" in backstitch.config.ts, so nobody can tell whose item is whose: leave "tenants" out or add it`;
  const partition = keySchema.attributes.find(({ role }) => role === "HASH");
  if (partition?.type !== "S")
    return `the partition key "${partition?.name}" is of type ${partition?.type}, and tenants stand in keys of type S only: leave "tenants" out`;
  const { suffix, open } = parse(tenantKey);
  if (open && suffix === "")
    return `tenantKey "${tenantKey}" has nothing between the tenant and "*", so tenant "a" would be every tenant that begins with "a": write a separator there, or leave "tenants" out`;
  const unclear = tenants.find((tenant) => tenantOfValue(tenantKey, partitionKeyOf(tenantKey, tenant, "")) !== tenant);
  return unclear === undefined
    ? undefined
    : `tenant ${show(unclear)} holds what tenantKey "${tenantKey}" separates tenants by, so its items can't be told from another's: leave it out`;
}
