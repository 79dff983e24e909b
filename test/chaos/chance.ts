/** All chance of a run comes from its seed: one stream for each purpose, so that one fault's draws do not move another's. */
import { seededRandom } from "../../local/conditions.ts";

export class Chance {
  /** 0 to 1. */
  readonly draw: () => number;
  readonly #seed: number;

  constructor(seed: number, purpose = "") {
    this.#seed = hash(`${seed} ${purpose}`);
    this.draw = seededRandom(this.#seed);
  }

  /** A stream of its own: the same one for the same purpose, whatever was drawn from this one meanwhile. */
  of(purpose: string): Chance {
    return new Chance(this.#seed, purpose);
  }

  /** 0 to `count - 1`. */
  below(count: number): number {
    return Math.floor(this.draw() * count);
  }

  /** Both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  happens(probability: number): boolean {
    return this.draw() < probability;
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError("There is nothing to pick from.");
    return value;
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
