import type { Item } from "../../../../functions/items/item.ts";
import type { Attempt } from "../../../../functions/repair/apply-repair.ts";
import type { WriteContext } from "../../../../functions/repair/item-writer.ts";
import type { Outcome } from "../../../../functions/repair/outcome.ts";
import type { ConditionalTable } from "./conditional-table.ts";
import { KEY_SCHEMA, NOW } from "./items.ts";

/** The first attempt on a frozen table, or whatever the test says. */
export function attemptOf(more: Partial<Attempt> = {}): Attempt {
  return { number: 1, earlier: [], freezeProven: true, record: async () => {}, ...more };
}

export function contextOf(table: ConditionalTable, more: Partial<WriteContext> = {}): WriteContext {
  return {
    client: table,
    table: "orders",
    keySchema: KEY_SCHEMA,
    now: () => NOW * 1000,
    pause: async () => {},
    ...more,
  };
}

/** Records outcomes with what the table held at that moment. */
export class Recorder {
  readonly outcomes: Outcome[] = [];
  readonly itemsThen: (Item | null)[] = [];
  readonly #table: ConditionalTable;

  constructor(table: ConditionalTable) {
    this.#table = table;
  }

  readonly record = async (outcome: Outcome): Promise<void> => {
    this.outcomes.push(outcome);
    this.itemsThen.push(this.#table.item);
  };
}
