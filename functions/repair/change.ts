import { attributeEquals } from "../items/equality.ts";
import { attributeNames, attributeOf, type Images, type Item } from "../items/item.ts";
import type { ChangeKind, RepairRules } from "./rules.ts";

/** What two images say was done to an item: before and after, or before and live where `after` is unknown. */
export interface Change {
  readonly kind: ChangeKind;
  /** `updated`: the changed attributes among the examined ones, sorted; else empty. */
  readonly attributes: readonly string[];
  /** `updated`: those of them that are gone. */
  readonly lost: readonly string[];
}

/** The change of an item, or undefined where the images show none in the attributes that are examined. */
export function changeOf(images: Images, rules: RepairRules): Change | undefined {
  if (rules.deleteOnly) return images.live === null ? undefined : { kind: "reset", attributes: [], lost: [] };
  const { before } = images;
  const result = images.after === undefined ? images.live : images.after;
  if (before === null) return result === null ? undefined : { kind: "created", attributes: [], lost: [] };
  if (result === null) return { kind: "deleted", attributes: [], lost: [] };
  const attributes = examinedNames(rules, before, result).filter(
    (name) => !attributeEquals(attributeOf(before, name), attributeOf(result, name)),
  );
  if (attributes.length === 0) return undefined;
  const lost = attributes.filter((name) => attributeOf(result, name) === undefined);
  return { kind: "updated", attributes, lost };
}

/** The names that a repair by attribute looks at: no key, no version, and what `attributes` leaves. */
export function examinedNames(rules: RepairRules, ...items: readonly (Item | null | undefined)[]): string[] {
  const keys = new Set(rules.keySchema.attributes.map(({ name }) => name));
  const only = rules.attributes?.only;
  const except = rules.attributes?.except;
  return attributeNames(...items).filter(
    (name) =>
      !keys.has(name) &&
      name !== rules.versionAttribute &&
      (only === undefined || only.includes(name)) &&
      !except?.includes(name),
  );
}

/** What image equality leaves out: the declared version. */
export function versionOnly(rules: RepairRules): ReadonlySet<string> {
  return new Set(rules.versionAttribute === undefined ? [] : [rules.versionAttribute]);
}
