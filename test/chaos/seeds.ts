/** Which seeds are played: `CHAOS_SEED=123` plays one again, `CHAOS_FIRST_SEED` and `CHAOS_RUNS` many. */
export function seedsFrom(
  environment: Readonly<Record<string, string | undefined>>,
  usual: { readonly first: number; readonly runs: number },
): number[] {
  const { CHAOS_SEED, CHAOS_FIRST_SEED, CHAOS_RUNS } = environment;
  if (CHAOS_SEED !== undefined) return [seedOf("CHAOS_SEED", CHAOS_SEED)];
  const first = CHAOS_FIRST_SEED === undefined ? usual.first : seedOf("CHAOS_FIRST_SEED", CHAOS_FIRST_SEED);
  const runs = CHAOS_RUNS === undefined ? usual.runs : seedOf("CHAOS_RUNS", CHAOS_RUNS);
  return Array.from({ length: runs }, (_, index) => first + index);
}

function seedOf(name: string, text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`${name} is "${text}": give a whole number.`);
  return seed;
}
