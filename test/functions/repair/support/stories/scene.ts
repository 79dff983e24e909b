import assert from "node:assert/strict";
import { itemEquals } from "../../../../../functions/items/equality.ts";
import type { Images } from "../../../../../functions/items/item.ts";
import type { Attempt } from "../../../../../functions/repair/apply-repair.ts";
import type { Outcome } from "../../../../../functions/repair/outcome.ts";
import { isWrite } from "../../../../../functions/repair/repair.ts";
import type { RepairRules } from "../../../../../functions/repair/rules.ts";
import { ConditionalTable, type Fault } from "../conditional-table.ts";
import type { Core } from "../core.ts";
import { images, item, KEY, NOW, type Plain, rules } from "../items.ts";
import { attemptOf, contextOf, Recorder } from "../writing.ts";

/** What must hold of the writer in one course of events; `run` throws when it does not. */
export interface WriterStory {
  readonly title: string;
  readonly run: (core: Core) => Promise<void>;
}

export const versioned = rules({ versionAttribute: "v", created: "delete" });
export const deleting = rules({ created: "delete" });

export const damaged = images({ a: 1 }, { a: 2 }, { a: 2 });
export const damagedVersioned = images({ a: 1, v: 1 }, { a: 2, v: 2 }, { a: 2, v: 2 });
export const deleted = images({ a: 1 }, null, null);
export const created = images(null, { a: 1 }, { a: 1 });
export const createdVersioned = images(null, { a: 1, v: 1 }, { a: 1, v: 1 });

/** A scene: what was planned, what the table holds now, and what goes wrong with each request. */
export interface Scene {
  readonly planned: Images;
  readonly by?: RepairRules;
  /** The item as it is when the writer starts; as the plan saw it, if left out. */
  readonly now?: Plain | null;
  readonly attempt?: Partial<Attempt>;
  readonly seconds?: number;
  readonly requests?: (request: number, table: ConditionalTable) => Fault | undefined;
}

export interface Played {
  readonly outcome: Outcome;
  readonly table: ConditionalTable;
  readonly recorder: Recorder;
  readonly pauses: readonly number[];
}

export async function play(core: Core, scene: Scene): Promise<Played> {
  const { table, recorder, pauses, done } = start(core, scene);
  return { outcome: await done, table, recorder, pauses };
}

export function start(core: Core, { planned, by = rules(), now, attempt, seconds = NOW, requests }: Scene) {
  const repair = core.planRepair(planned, by);
  assert.ok(isWrite(repair), `the plan writes nothing: ${JSON.stringify(repair)}`);
  const table = new ConditionalTable(now === undefined ? planned.live : now && item(now));
  if (requests) table.before = (request) => requests(request, table);
  const recorder = new Recorder(table);
  const pauses: number[] = [];
  const context = contextOf(table, {
    now: () => seconds * 1000,
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
    },
    ...(by.ttlAttribute === undefined ? {} : { ttlAttribute: by.ttlAttribute }),
  });
  const done = core.applyRepair(KEY, repair, attemptOf({ record: recorder.record, ...attempt }), context);
  return { table, recorder, pauses, done };
}

/** Fields that an outcome must have; others are not looked at. */
export type Expected = Readonly<{ outcome: Outcome["outcome"] } & Record<string, unknown>>;

export function expect(played: Played, outcome: Expected, then: Plain | null): void {
  const actual = new Map<string, unknown>(Object.entries(played.outcome));
  for (const [field, value] of Object.entries(outcome)) {
    assert.deepEqual(actual.get(field), value, `outcome: ${field}`);
  }
  const wanted = then && item(then);
  assert.ok(itemEquals(played.table.item, wanted), `the table holds ${JSON.stringify(played.table.item)}`);
}

export const timeout: Fault = { error: "TimeoutError", effect: "none" };
export const unheard: Fault = { error: "TimeoutError", effect: "now" };
export const late: Fault = { error: "TimeoutError", effect: "late" };
export const throttled: Fault = { error: "ThrottlingException", effect: "none" };

export function first(fault: Fault): (request: number) => Fault | undefined {
  return (request) => (request === 1 ? fault : undefined);
}

export function earlier(outcome: object): Outcome {
  const attempted = {
    key: '["order-1"]',
    action: "delete",
    attempt: 1,
    at: "2026-11-20T03:00:00.000Z",
    doubtful: false,
  };
  return { ...attempted, ...outcome } as Outcome;
}
