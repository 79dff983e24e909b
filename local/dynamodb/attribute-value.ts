/** An attribute as it travels: binary is base64 text on the wire and bytes in the SDK; both are understood. */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: string | Uint8Array;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly (string | Uint8Array)[];
  readonly L?: readonly AttributeValue[];
  readonly M?: Readonly<Record<string, AttributeValue>>;
}

export type Item = Readonly<Record<string, AttributeValue>>;

export type AttributeType = "S" | "N" | "B" | "BOOL" | "NULL" | "SS" | "NS" | "BS" | "L" | "M";

const TYPES: readonly AttributeType[] = ["S", "N", "M", "L", "BOOL", "NULL", "SS", "NS", "B", "BS"];

/** The one type that the value has. */
export function typeOf(value: AttributeValue): AttributeType {
  const found = TYPES.find((type) => value[type] !== undefined);
  if (found === undefined)
    throw new TypeError(`An attribute value has none of the known types: ${JSON.stringify(value)}.`);
  return found;
}

/** Binary as bytes, whichever way it was given. */
export function bytesOf(binary: string | Uint8Array): Uint8Array {
  return typeof binary === "string" ? Buffer.from(binary, "base64") : binary;
}
