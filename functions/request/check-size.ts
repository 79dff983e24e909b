import { InvalidRequest } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";

/** An item of the recoveries table has at most 400 KB; what else the record gets later must fit as well. */
const MOST_BYTES = 300_000;

/** What every later step relies on can be written down as one record: found before anything is. */
export function checkSize(recovery: Recovery): void {
  const bytes = Buffer.byteLength(JSON.stringify(recovery), "utf8");
  if (bytes <= MOST_BYTES) return;
  const { request } = recovery;
  const [longest = "table"] = Object.entries(request)
    .map(([field, value]): [string, number] => [field, Buffer.byteLength(JSON.stringify(value) ?? "", "utf8")])
    .sort(([, one], [, other]) => other - one)
    .map(([field]) => field);
  throw new InvalidRequest(
    `The request with its defaults takes ${bytes} bytes, and ${MOST_BYTES} can be recorded: field "${longest}" is the longest; write less there.`,
  );
}
