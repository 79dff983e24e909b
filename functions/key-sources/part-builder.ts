import type { JsonItem } from "../items/item-json.ts";
import type { JsonImages, KeyPart } from "./key-part.ts";

export const PART_KEYS = 500;
export const PART_BYTES = 4 * 1024 * 1024;
/** Of the JSON around one key and its images. */
const SEPARATOR_BYTES = 2;

/** One key of a part, and what the evidence says of it where that is known. */
export interface PartEntry {
  readonly key: JsonItem;
  readonly images?: JsonImages;
  /** Length of the JSON of both. */
  readonly bytes: number;
}

/** A part that is being filled: at most 500 keys and 4 MiB, but always one key. */
export class PartBuilder {
  readonly #keys: JsonItem[] = [];
  readonly #images: JsonImages[] = [];
  #bytes = 0;

  get keys(): number {
    return this.#keys.length;
  }

  hasRoomFor({ bytes }: PartEntry): boolean {
    if (this.#keys.length === 0) return true;
    return this.#keys.length < PART_KEYS && this.#bytes + bytes + SEPARATOR_BYTES <= PART_BYTES;
  }

  add({ key, images, bytes }: PartEntry): void {
    this.#keys.push(key);
    if (images) this.#images.push(images);
    this.#bytes += bytes + SEPARATOR_BYTES;
  }

  part(): KeyPart {
    return { keys: this.#keys, ...(this.#images.length > 0 ? { images: this.#images } : {}) };
  }
}
