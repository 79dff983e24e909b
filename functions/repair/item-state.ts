import { attributeEquals, itemEquals } from "../items/equality.ts";
import { attributeOf, type Item } from "../items/item.ts";
import type { PutRepair, UpdateRepair, WritingRepair } from "./repair.ts";

/** True if the item is as the repair means it to be; further attributes of an updated item are not its business. */
export function holdsTarget(repair: WritingRepair, item: Item | null): boolean {
  switch (repair.action) {
    case "update":
      return item !== null && updatedNames(repair).every((name) => holdsTargetOf(repair, item, name));
    case "put":
      return itemEquals(item, repair.item, putVersion(repair));
    case "delete":
      return item === null;
  }
}

/** True if the item is, where the repair writes it, as the plan saw it. */
export function holdsPlanned(repair: WritingRepair, item: Item | null): boolean {
  switch (repair.action) {
    case "update":
      return item !== null && updatedNames(repair).every((name) => holdsPlannedOf(repair, item, name));
    case "put":
      return item === null;
    case "delete":
      return itemEquals(item, repair.expected);
  }
}

/** The attributes that an update reverts. */
export function updatedNames(repair: UpdateRepair): string[] {
  return [...Object.keys(repair.set), ...repair.remove];
}

export function holdsTargetOf(repair: UpdateRepair, item: Item, name: string): boolean {
  return attributeEquals(attributeOf(item, name), attributeOf(repair.set, name));
}

export function holdsPlannedOf(repair: UpdateRepair, item: Item, name: string): boolean {
  const planned = Object.hasOwn(repair.expected, name) ? repair.expected[name] : undefined;
  return attributeEquals(attributeOf(item, name), planned ?? undefined);
}

function putVersion(repair: PutRepair): ReadonlySet<string> {
  return new Set(repair.version ? [repair.version.attribute] : []);
}
