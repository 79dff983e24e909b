import { attributeOf, type Item } from "../items/item.ts";
import type { KeySchema } from "../items/key.ts";

/** Entity markers of single-table designs: `ORDER#…`, `LINE_ITEM:…`. */
const MARKER = /^[A-Z][A-Z_]*$/;

/** Beyond so many pieces a key is data, not a design; it keeps the number of shapes small. */
const MAX_PIECES = 8;

/** The kind of key an item has, without its values: `TENANT#17#ORDER#4` gives `TENANT#*#ORDER#*`. */
export function keyShape(key: Item, keySchema: KeySchema): string {
  return keySchema.attributes
    .map(({ name, type }) => `${name}=${type === "S" ? textShape(attributeOf(key, name)?.S ?? "") : type}`)
    .join(", ");
}

function textShape(text: string): string {
  const pieces = text.split(/([#|:/])/);
  // A word is a marker only where a separator follows: `ACME` alone may be a tenant's name.
  const shape = pieces.map((piece, index) => {
    const isSeparator = index % 2 === 1;
    const isMarker = MARKER.test(piece) && index < pieces.length - 1;
    return isSeparator || isMarker ? piece : "*";
  });
  return shape.length > 2 * MAX_PIECES ? `${shape.slice(0, 2 * MAX_PIECES).join("")}…` : shape.join("");
}
