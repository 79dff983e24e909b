/** Many made-up cases from one number, which is printed: `FUZZ_SEED` repeats a run, `FUZZ_RUNS` makes it longer. */
import fc from "fast-check";

const SEED = Number(process.env.FUZZ_SEED ?? 20_261_120);
/** Cases made at a time: some are a quarter of a megabyte. */
const BATCH = 50;
const FAILURES_SHOWN = Number(process.env.FUZZ_SHOWN ?? 12);
const SHOWN_CHARACTERS = 600;

/** Runs a case and says in a word how it ended, to be counted; throws where something is wrong. */
export type RunCase<Case> = (value: Case, name: string) => Promise<string>;

/** Thrown with all that went wrong, each with what repeats it. */
export class FuzzFailed extends Error {
  override readonly name = "FuzzFailed";
}

/** How many cases to run: fewer where everybody waits for them. */
export function runs(usually: number): number {
  return Number(process.env.FUZZ_RUNS ?? usually);
}

/** Runs cases one after the other, counts their ends and fails with all that went wrong. */
export async function fuzz<Case>(
  what: string,
  cases: fc.Arbitrary<Case>,
  total: number,
  run: RunCase<Case>,
): Promise<Readonly<Record<string, number>>> {
  const ends: Record<string, number> = {};
  const failures: string[] = [];
  const began = Date.now();
  let slowest = 0;
  for (let done = 0; done < total; done += BATCH) {
    const seed = SEED + done;
    for (const [index, value] of fc.sample(cases, { seed, numRuns: Math.min(BATCH, total - done) }).entries()) {
      const begins = Date.now();
      const end = await run(value, `${seed}-${index}`).catch((error: unknown) => {
        failures.push(`FUZZ_SEED=${seed} FUZZ_RUNS=${BATCH}, case ${index}: ${error}\n    ${shown(value)}`);
        return "failed";
      });
      ends[end] = (ends[end] ?? 0) + 1;
      slowest = Math.max(slowest, Date.now() - begins);
    }
  }
  const counts = Object.entries(ends).map(([end, count]) => `${end} ${count}`);
  process.stdout.write(
    `fuzz: ${what}: seed ${SEED}, ${total} cases in ${Date.now() - began} ms (slowest ${slowest}): ${counts.sort().join(", ")}\n`,
  );
  if (failures.length > 0)
    throw new FuzzFailed(`${failures.length} of ${total} cases:\n${failures.slice(0, FAILURES_SHOWN).join("\n")}`);
  return ends;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length})` : text;
}
