import {
  decodeAttribute,
  decodeItem,
  encodeAttribute,
  encodeItem,
  type JsonAttributeValue,
  type JsonItem,
} from "../items/item-json.ts";
import type { DeleteRepair, ExpectedValues, PlannedVersion, PutRepair, Repair, UpdateRepair } from "./repair.ts";

type JsonExpected = Readonly<Record<string, JsonAttributeValue | null>>;
interface JsonVersion {
  readonly version?: { readonly attribute: string; readonly live: JsonAttributeValue | null };
}
type JsonUpdate = Omit<UpdateRepair, "set" | "expected" | "version"> &
  JsonVersion & { readonly set: JsonItem; readonly expected: JsonExpected };
type JsonPut = Omit<PutRepair, "item" | "version"> & JsonVersion & { readonly item: JsonItem };
type JsonDelete = Omit<DeleteRepair, "expected" | "version"> & JsonVersion & { readonly expected: JsonItem };

/** A repair as plain JSON, for plan parts and journals. */
export type JsonRepair = JsonUpdate | JsonPut | JsonDelete | Exclude<Repair, UpdateRepair | PutRepair | DeleteRepair>;

export function encodeRepair(repair: Repair): JsonRepair {
  switch (repair.action) {
    case "update": {
      const { version, ...rest } = repair;
      return { ...rest, set: encodeItem(repair.set), expected: encodeExpected(repair.expected), ...encoded(version) };
    }
    case "put": {
      const { version, ...rest } = repair;
      return { ...rest, item: encodeItem(repair.item), ...encoded(version) };
    }
    case "delete": {
      const { version, ...rest } = repair;
      return { ...rest, expected: encodeItem(repair.expected), ...encoded(version) };
    }
    default:
      return repair;
  }
}

export function decodeRepair(json: JsonRepair): Repair {
  switch (json.action) {
    case "update": {
      const { version, ...rest } = json;
      return { ...rest, set: decodeItem(json.set), expected: decodeExpected(json.expected), ...decoded(version) };
    }
    case "put": {
      const { version, ...rest } = json;
      return { ...rest, item: decodeItem(json.item), ...decoded(version) };
    }
    case "delete": {
      const { version, ...rest } = json;
      return { ...rest, expected: decodeItem(json.expected), ...decoded(version) };
    }
    default:
      return json;
  }
}

function encoded(version: PlannedVersion | undefined): JsonVersion {
  if (!version) return {};
  return { version: { attribute: version.attribute, live: version.live && encodeAttribute(version.live) } };
}

function decoded(version: JsonVersion["version"]): { readonly version?: PlannedVersion } {
  if (!version) return {};
  return { version: { attribute: version.attribute, live: version.live && decodeAttribute(version.live) } };
}

function encodeExpected(expected: ExpectedValues): JsonExpected {
  return Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, value && encodeAttribute(value)]));
}

function decodeExpected(expected: JsonExpected): ExpectedValues {
  return Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, value && decodeAttribute(value)]));
}
