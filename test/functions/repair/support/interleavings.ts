import assert from "node:assert/strict";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { attributeEquals, itemEquals } from "../../../../functions/items/equality.ts";
import { attributeOf, type Images, type Item } from "../../../../functions/items/item.ts";
import { isSettled, type Outcome } from "../../../../functions/repair/outcome.ts";
import { isWrite, type WritingRepair } from "../../../../functions/repair/repair.ts";
import type { RepairRules } from "../../../../functions/repair/rules.ts";
import { ConditionalTable, type Fault } from "./conditional-table.ts";
import type { Core } from "./core.ts";
import { images, item, KEY, rules } from "./items.ts";
import { attemptOf, contextOf } from "./writing.ts";

/** What another writer does just before one of our requests. It writes values that nobody has written before. */
export const OTHER_WRITES = ["none", "same-attribute", "other-attribute", "delete-or-create"] as const;

/** What becomes of one of our requests. A crash ends the attempt; another one follows. */
export const FAULTS: Readonly<Record<string, Fault | undefined>> = {
  none: undefined,
  throttled: { error: "ThrottlingException", effect: "none" },
  "lost-request": { error: "TimeoutError", effect: "none" },
  "lost-answer": { error: "TimeoutError", effect: "now" },
  "late-request": { error: "TimeoutError", effect: "late" },
  "crash-before": { error: "ExpiredTokenException", effect: "none" },
  "crash-after": { error: "ExpiredTokenException", effect: "now" },
};

export interface Step {
  readonly other: (typeof OTHER_WRITES)[number];
  readonly fault: string;
}

export interface Scene {
  readonly title: string;
  readonly images: Images;
  readonly rules: RepairRules;
  /** The item as it must be once repaired, if nobody else writes. */
  readonly repaired: Item | null;
}

const versioned = rules({ versionAttribute: "v", created: "delete" });

export const SCENES: readonly Scene[] = [
  {
    title: "an update",
    images: images({ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 2, b: 1 }),
    rules: rules(),
    repaired: item({ a: 1, b: 1 }),
  },
  {
    title: "an update of an item with a version",
    images: images({ a: 1, v: 1 }, { a: 2, v: 2 }, { a: 2, v: 2 }),
    rules: versioned,
    repaired: item({ a: 1, v: 3 }),
  },
  { title: "a put", images: images({ a: 1 }, null, null), rules: rules(), repaired: item({ a: 1 }) },
  {
    title: "a put of an item with a version",
    images: images({ a: 1, v: 1 }, null, null),
    rules: versioned,
    repaired: item({ a: 1, v: 1_000_001 }),
  },
  { title: "a delete", images: images(null, { a: 1 }, { a: 1 }), rules: rules({ created: "delete" }), repaired: null },
  {
    title: "a delete of an item with a version",
    images: images(null, { a: 1, v: 1 }, { a: 1, v: 1 }),
    rules: versioned,
    repaired: null,
  },
];

export const schedule: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    other: fc.oneof({ weight: 4, arbitrary: fc.constant("none" as const) }, fc.constantFrom(...OTHER_WRITES)),
    fault: fc.constantFrom(...Object.keys(FAULTS)),
  }),
  { minLength: 1, maxLength: 7 },
);

/** Plays one scene by a schedule, one attempt after the other until it is settled, and demands that no good write is lost. */
export async function checkInterleaving(core: Core, scene: Scene, steps: readonly Step[]): Promise<void> {
  const repair = core.planRepair(scene.images, scene.rules);
  assert.ok(isWrite(repair), scene.title);
  const table = new ConditionalTable(scene.images.live);
  const others = new OtherWriter(table, repair, scene.rules.versionAttribute);
  table.before = (request) => {
    const step = steps[request - 1];
    others.write(step?.other ?? "none");
    return step && FAULTS[step.fault];
  };
  const recorded: Outcome[] = [];
  const last = await attemptUntilSettled(core, repair, table, recorded, steps.length);
  const about = () => JSON.stringify({ scene: scene.title, steps, last, item: table.item });
  assert.notEqual(last.outcome, "unwritable", about());

  const isListedAsLost =
    last.outcome === "conflict" && (last.reason === "delete-unseen" || last.reason === "put-back-refused");
  if (!isListedAsLost) others.check(table.item, about);
  if (others.writes > 0) return;
  assert.ok(itemEquals(table.item, scene.repaired), `it does not converge: ${about()}`);
  assert.equal(table.writes, 1, `it is written ${table.writes} times: ${about()}`);
}

async function attemptUntilSettled(
  core: Core,
  repair: WritingRepair,
  table: ConditionalTable,
  recorded: Outcome[],
  crashes: number,
): Promise<Outcome> {
  for (let number = 1; ; number += 1) {
    const attempt = attemptOf({
      number,
      earlier: [...recorded],
      record: async (outcome) => {
        recorded.push(outcome);
      },
    });
    try {
      const outcome = await core.applyRepair(KEY, repair, attempt, contextOf(table));
      assert.ok(isSettled(outcome), "an attempt ends with a settled outcome");
      return outcome;
    } catch (error) {
      const isCrash = error instanceof Error && ["ExpiredTokenException", "WriteUnanswered"].includes(error.name);
      if (!isCrash || number > crashes) throw error;
    }
  }
}

/** An application that goes on writing, and remembers what it is owed. */
class OtherWriter {
  writes = 0;
  #owed: { item: "as-it-is" | "there" | "gone"; attributes: Map<string, AttributeValue> };
  readonly #table: ConditionalTable;
  readonly #repair: WritingRepair;
  readonly #versionAttribute: string | undefined;

  constructor(table: ConditionalTable, repair: WritingRepair, versionAttribute: string | undefined) {
    this.#table = table;
    this.#repair = repair;
    this.#versionAttribute = versionAttribute;
    this.#owed = { item: "as-it-is", attributes: new Map() };
  }

  write(what: Step["other"]): void {
    const { item: now } = this.#table;
    if (what === "none") return;
    if (what === "delete-or-create") {
      if (now === null) this.#create();
      else this.#delete();
    } else if (now !== null) {
      this.writes += 1;
      this.#set(now, what === "same-attribute" ? "a" : `new-${this.writes}`);
    }
  }

  check(result: Item | null, about: () => string): void {
    if (this.#owed.item === "gone") assert.equal(result, null, `a good delete is lost: ${about()}`);
    if (this.#owed.item === "there") assert.ok(result, `a good write is lost with its item: ${about()}`);
    for (const [name, value] of this.#owed.attributes) {
      assert.ok(attributeEquals(attributeOf(result, name), value), `a good write to ${name} is lost: ${about()}`);
    }
  }

  #set(now: Item, name: string): void {
    const value = { S: `good-${this.writes}` };
    this.#table.item = { ...now, [name]: value, ...this.#nextVersion(now) };
    this.#owed.item = "there";
    this.#owed.attributes.set(name, value);
  }

  #create(): void {
    this.writes += 1;
    this.#owed.attributes.clear();
    this.#set({ ...KEY }, "a");
  }

  /** Not once we may have put the item back: absence has no version, so a delete then looks as if there had been no put. */
  #delete(): void {
    const mayBePutBack = this.#repair.action === "put" || (this.#repair.action === "delete" && this.#table.writes > 0);
    if (mayBePutBack) return;
    this.writes += 1;
    this.#table.item = null;
    this.#owed = { item: "gone", attributes: new Map() };
  }

  #nextVersion(now: Item): Item {
    if (this.#versionAttribute === undefined) return {};
    return { [this.#versionAttribute]: { N: String(Number(attributeOf(now, this.#versionAttribute)?.N ?? 0) + 1) } };
  }
}
