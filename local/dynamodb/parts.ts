import type { Conditions } from "../conditions.ts";
import type { Caller } from "../service.ts";
import type { Authorization } from "./authorization.ts";
import type { Engine } from "./engine.ts";
import type { Journal } from "./journal.ts";
import type { KeyLock } from "./key-lock.ts";
import type { Statistics } from "./statistics.ts";
import type { Tables } from "./tables.ts";

/** What the actions of this service share. */
export interface Parts {
  readonly engine: Engine;
  readonly journal: Journal;
  readonly locks: KeyLock;
  readonly tables: Tables;
  readonly authorization: Authorization;
  readonly statistics: Statistics;
  readonly conditions: Conditions;
  readonly now: () => number;
}

export type Input = Readonly<Record<string, unknown>>;
export type Output = Readonly<Record<string, unknown>>;
export type Action = (caller: Caller, input: Input) => Promise<Output> | Output;
/** By the name in X-Amz-Target. */
export type Actions = Readonly<Record<string, Action>>;
