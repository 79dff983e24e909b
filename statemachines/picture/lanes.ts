/** Arrows that don't lead to the next state run beside the column, one lane a target, none over another. */
export interface Lane {
  readonly target: string;
  readonly from: readonly number[];
  readonly to: number;
  readonly index: number;
}

/** The shortest stretches come nearest to the column. */
export function assignLanes(stretches: readonly Omit<Lane, "index">[]): Lane[] {
  const taken: { top: number; bottom: number }[][] = [];
  const ends = ({ from, to }: Omit<Lane, "index">) => ({ top: Math.min(...from, to), bottom: Math.max(...from, to) });
  const length = (stretch: Omit<Lane, "index">) => ends(stretch).bottom - ends(stretch).top;
  return [...stretches]
    .sort((a, b) => length(a) - length(b))
    .map((stretch) => {
      const { top, bottom } = ends(stretch);
      let index = 0;
      while (taken[index]?.some((other) => top <= other.bottom && other.top <= bottom)) index += 1;
      taken[index] = [...(taken[index] ?? []), { top, bottom }];
      return { ...stretch, index };
    });
}
