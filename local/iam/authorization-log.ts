import type { Evaluation } from "./evaluate.ts";

export interface AuthorizationEntry {
  readonly atMs: number;
  readonly callerArn: string;
  readonly principalArn: string;
  readonly action: string;
  readonly resource: string;
  readonly decision: Evaluation["decision"];
  /** `<policy>/<Sid or #index>` of the statement that decided; `(root)` and `(service)` pass without one. */
  readonly by?: string;
}

/** Every decision, the latest `capacity` of them in full, all of them counted by principal, statement and action. */
export class AuthorizationLog {
  readonly #capacity: number;
  readonly #ring: AuthorizationEntry[] = [];
  #next = 0;
  readonly #counts = new Map<string, number>();

  constructor(capacity = 200_000) {
    this.#capacity = capacity;
  }

  record(entry: AuthorizationEntry): void {
    this.#ring[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#capacity;
    const key = `${entry.principalArn} ${entry.decision} ${entry.by ?? "(no statement)"} ${entry.action}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** The entries kept, oldest first. */
  entries(): readonly AuthorizationEntry[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }

  /** How often each `<principal> <decision> <policy>/<Sid> <action>` occurred, since the start. */
  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}
