import { DATA_LIMIT_EXCEEDED, StateFailure } from "./errors.ts";

/** Any JSON value; what flows between states. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** "Maximum input or output size for a task, state, or execution: 256 KiB of data as a UTF-8 encoded string." */
export const MAX_DATA_BYTES = 262_144;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function byteLength(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Answers the value, or fails the state as AWS does when it is over 256 KiB. */
export function withinDataLimit<T extends Json>(value: T, stateName: string, what: string): T {
  const bytes = byteLength(value);
  if (bytes <= MAX_DATA_BYTES) return value;
  throw new StateFailure(
    DATA_LIMIT_EXCEEDED,
    `The state '${stateName}' has ${what} of ${bytes} bytes, over the maximum of ${MAX_DATA_BYTES} bytes.`,
  );
}
