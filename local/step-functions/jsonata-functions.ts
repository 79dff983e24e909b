import { createHash, randomUUID } from "node:crypto";
import jsonata from "jsonata";
import { seededRandom } from "../conditions.ts";
import type { Clock } from "./clock.ts";

const HASH_ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

/** What Step Functions adds to JSONata; also $now and $millis, so that they follow the interpreter's clock. */
export const STEP_FUNCTIONS_ADDITIONS = ["partition", "range", "hash", "random", "uuid", "parse"] as const;

const formatTime = jsonata("$fromMillis($time, $picture, $timezone)");

export function jsonataFunctions(clock: Clock, random: () => number): Readonly<Record<string, unknown>> {
  return {
    partition(items: unknown, size: unknown): unknown[][] {
      if (!Array.isArray(items)) throw new Error("$partition needs an array");
      const length = positiveInteger(size, "$partition needs a chunk size of at least 1");
      const chunks: unknown[][] = [];
      for (let start = 0; start < items.length; start += length) chunks.push(items.slice(start, start + length));
      return chunks;
    },
    range(first: unknown, last: unknown, step: unknown): number[] {
      const from = integer(first, "$range needs whole numbers");
      const to = integer(last, "$range needs whole numbers");
      const by = integer(step, "$range needs whole numbers");
      if (by === 0) throw new Error("$range needs a step other than 0");
      const numbers: number[] = [];
      for (let value = from; by > 0 ? value <= to : value >= to; value += by) numbers.push(value);
      return numbers;
    },
    hash(data: unknown, algorithm: unknown): string {
      const name = HASH_ALGORITHMS[String(algorithm)];
      if (!name) throw new Error(`$hash does not know '${String(algorithm)}', only ${Object.keys(HASH_ALGORITHMS)}`);
      if (typeof data !== "string") throw new Error("$hash needs a string");
      return createHash(name).update(data).digest("hex");
    },
    random: (seed?: unknown): number => (typeof seed === "number" ? seededRandom(seed)() : random()),
    uuid: (): string => randomUUID(),
    parse(text: unknown): unknown {
      if (typeof text !== "string") throw new Error("$parse needs a string of JSON");
      return JSON.parse(text);
    },
    millis: (): number => clock.now(),
    now: (picture?: string, timezone?: string): Promise<string> =>
      formatTime.evaluate(undefined, { time: clock.now(), picture, timezone }),
    // Step Functions has no $eval; the definition is refused, and this shadows JSONata's own all the same.
    eval: undefined,
  };
}

function integer(value: unknown, message: string): number {
  if (typeof value !== "number" || !Number.isInteger(value)) throw new Error(`${message}, not ${String(value)}`);
  return value;
}

function positiveInteger(value: unknown, message: string): number {
  const number = integer(value, message);
  if (number < 1) throw new Error(`${message}, not ${number}`);
  return number;
}
