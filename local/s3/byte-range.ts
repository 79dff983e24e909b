import { AwsError } from "../service.ts";

/** The part of an object that a Range header asks for, `end` excluded; `undefined` for the whole object. */
export function rangeOf(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  // S3 answers a header that it cannot read, several ranges included, with the whole object.
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const [, first = "", last = ""] = match;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (start >= size || end <= start) throw new AwsError("InvalidRange", "The requested range is not satisfiable", 416);
  return { start, end };
}
