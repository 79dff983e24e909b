/**
 * What the demo knows and never shows the recovery: how every item would be if the bad deploy had not been.
 * Good writes are entered as they succeed; the bug's are entered as damage.
 */
import { attributesEqual } from "../dynamodb/attribute-equality.ts";
import { type Item, keyText, type OrderKey } from "./orders.ts";

export type Damage = "updated" | "deleted" | "created";

export interface Verdict {
  /** Items that the bug changed, deleted or created. */
  readonly damaged: number;
  /** Decidable ones of them that are not as they should be. */
  readonly damagedLeft: readonly string[];
  readonly goodWrites: number;
  /** Good writes that the table has lost, `key attribute` each. */
  readonly goodWritesLost: readonly string[];
  /** Items of which no image can tell what is right. */
  readonly undecidable: readonly string[];
}

interface GoodWrite {
  readonly attributes: readonly string[];
  readonly at: number;
}

export class Truth {
  readonly #expected = new Map<string, Item>();
  readonly #damage = new Map<string, { readonly kind: Damage; readonly attributes: readonly string[] }>();
  readonly #goodWrites = new Map<string, GoodWrite[]>();
  readonly #undecidable = new Set<string>();
  #count = 0;

  /** The table before anything happens; not a write that could be lost unseen, but one that must stay. */
  seeded(key: OrderKey, item: Item): void {
    this.#expected.set(keyText(key), item);
  }

  /** A good write that the table acknowledged: these attributes now have these values. */
  wroteWell(key: OrderKey, values: Item): void {
    const id = keyText(key);
    const damage = this.#damage.get(id);
    const names = Object.keys(values);
    // Written by the bug and by somebody since: no image can tell which of the two is right.
    if (damage?.attributes.some((name) => names.includes(name)) || damage?.kind === "created")
      this.#undecidable.add(id);
    this.#wrote(key, values);
  }

  /** A good write that sets right what the bug had spoiled: it must stay, and nobody has to decide about it. */
  corrected(key: OrderKey, values: Item): void {
    this.#wrote(key, values);
  }

  /** Created anew, rightly, after the bug had deleted it. */
  replaced(key: OrderKey, item: Item): void {
    this.#expected.delete(keyText(key));
    this.#damage.delete(keyText(key));
    this.#wrote(key, item);
  }

  /** Deleted as it should be, by a customer or because its time has come: it must not come back. */
  gone(key: OrderKey): void {
    this.#expected.delete(keyText(key));
    this.#goodWrites.delete(keyText(key));
  }

  damaged(key: OrderKey, kind: Damage, attributes: readonly string[]): void {
    this.#damage.set(keyText(key), { kind, attributes });
  }

  expectedItem(key: OrderKey): Item | undefined {
    return this.#expected.get(keyText(key));
  }

  /** Compares the whole table with what should be in it. The version is the application's and ours: left out. */
  judge(live: ReadonlyMap<string, Item>): Verdict {
    const damagedLeft: string[] = [];
    const goodWritesLost: string[] = [];
    for (const id of new Set([...this.#expected.keys(), ...this.#damage.keys(), ...live.keys()])) {
      const wrong = wrongAttributes(this.#expected.get(id), live.get(id));
      const written = new Set((this.#goodWrites.get(id) ?? []).flatMap(({ attributes }) => attributes));
      for (const name of wrong) if (written.has(name)) goodWritesLost.push(`${id} ${name}`);
      if (wrong.length === 0 || this.#undecidable.has(id)) continue;
      // An item that nobody damaged and that is wrong all the same was damaged by us.
      if (this.#damage.has(id) || !wrong.some((name) => written.has(name))) damagedLeft.push(id);
    }
    return {
      damaged: this.#damage.size,
      damagedLeft,
      goodWrites: this.#count,
      goodWritesLost,
      undecidable: [...this.#undecidable].sort(),
    };
  }

  #wrote(key: OrderKey, values: Item): void {
    const id = keyText(key);
    this.#expected.set(id, { ...this.#expected.get(id), ...values });
    this.#goodWrites.set(id, [
      ...(this.#goodWrites.get(id) ?? []),
      { attributes: Object.keys(values), at: Date.now() },
    ]);
    this.#count += 1;
  }
}

function wrongAttributes(expected: Item | undefined, live: Item | undefined): string[] {
  const names = new Set([...Object.keys(expected ?? {}), ...Object.keys(live ?? {})]);
  names.delete("version");
  return [...names].filter((name) => {
    const [should, is] = [expected?.[name], live?.[name]];
    if (should === undefined || is === undefined) return should !== is;
    return !attributesEqual(should, is);
  });
}
