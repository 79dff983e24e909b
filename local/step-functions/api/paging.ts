import type { JsonInput } from "../../protocols/json.ts";
import { AwsError } from "../../service.ts";

/** "maxResults: The default is 100 and the maximum allowed page size is 1000; 0 means the default." */
const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

/** The members by which every list operation is paged. */
export const PAGING = ["maxResults", "nextToken"] as const;

/** One page of a list, and the token of the next where there is one. */
export function page<T>(input: JsonInput, all: readonly T[]): { items: readonly T[]; next: { nextToken?: string } } {
  const asked = input.optionalNumber("maxResults") || DEFAULT_PAGE;
  if (!Number.isInteger(asked) || asked < 0 || asked > MAX_PAGE) {
    throw new AwsError(
      "ValidationException",
      `${input.action}: maxResults must be from 0 to ${MAX_PAGE}, not ${asked}.`,
    );
  }
  const token = input.optionalText("nextToken");
  const start = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isInteger(start) || start < 0) throw new AwsError("InvalidToken", "Invalid Token: 'Invalid token'");
  const end = start + asked;
  const next = end < all.length ? { nextToken: Buffer.from(String(end)).toString("base64url") } : {};
  return { items: all.slice(start, end), next };
}

/** A time as the JSON protocol carries it: seconds with a fraction. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

/** A member that is left out of the answer while it has no value. */
export function optional(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
