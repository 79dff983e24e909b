import { randomBytes } from "node:crypto";
import { AwsError } from "../service.ts";
import { StateFailure } from "./errors.ts";
import type { Json } from "./json.ts";

/** One wait of a task for its token. */
export class TaskWait {
  readonly token: string;
  readonly stateMachineArn: string;
  readonly result: Promise<Json>;
  lastHeartbeat: number;
  #settle: { readonly resolve: (output: Json) => void; readonly reject: (failure: StateFailure) => void } | undefined;

  constructor(token: string, stateMachineArn: string, now: number) {
    this.token = token;
    this.stateMachineArn = stateMachineArn;
    this.lastHeartbeat = now;
    this.result = new Promise<Json>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // A task that ends otherwise never looks at its result.
    this.result.catch(() => undefined);
  }

  get isOpen(): boolean {
    return this.#settle !== undefined;
  }

  succeed(output: Json): void {
    this.#settle?.resolve(output);
    this.close();
  }

  fail(error: string | undefined, cause: string | undefined): void {
    this.#settle?.reject(new StateFailure(error, cause));
    this.close();
  }

  /** The task has ended by other means: the token is of no use any more. */
  close(): void {
    this.#settle = undefined;
  }
}

/** Every token that was ever handed out: a finished one is answered otherwise than one that never was. */
export class TaskTokens {
  readonly #waits = new Map<string, TaskWait>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  open(stateMachineArn: string): TaskWait {
    // Random and long, as AWS's are: whoever holds one can end the task.
    const token = `AQ${randomBytes(96).toString("base64url")}`;
    const wait = new TaskWait(token, stateMachineArn, this.#now());
    this.#waits.set(token, wait);
    return wait;
  }

  /** The state machine that the token belongs to, as far as it is known: what the caller must be allowed to answer. */
  stateMachineOf(token: string): string | undefined {
    return this.#waits.get(token)?.stateMachineArn;
  }

  /** The open wait of this token, or the error that AWS gives. */
  find(token: string): TaskWait {
    if (!/^AQ[\w-]{128}$/.test(token)) throw new AwsError("InvalidToken", "Invalid Token: 'Invalid token'");
    const wait = this.#waits.get(token);
    if (!wait) throw new AwsError("TaskDoesNotExist", "Task does not exist: 'Provided task does not exist'");
    if (!wait.isOpen) {
      throw new AwsError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
    }
    return wait;
  }

  heartbeat(token: string): void {
    this.find(token).lastHeartbeat = this.#now();
  }
}
