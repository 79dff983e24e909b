import type { Outcome } from "../repair/outcome.ts";

/** Whether a recovery wrote an item: `maybe` = a write of its own may have taken effect, and nobody recorded it. */
export type Authorship = "yes" | "maybe" | "no";

/** What all attempts recorded of one item say together; none recorded anything = an attempt was killed before it could. */
export function isOurs(outcomes: readonly Outcome[]): Authorship {
  // Its guard held, so that very write was ours, whatever earlier attempts may have tried.
  if (outcomes.some(({ outcome, doubtful }) => outcome === "written" && !doubtful)) return "yes";
  const last = outcomes.at(-1);
  // Deleted, and whether it was put back was not recorded.
  if (!last || last.outcome === "deleted-unlike-plan") return "maybe";
  return outcomes.some(({ doubtful }) => doubtful) ? "maybe" : "no";
}
