import { isFrozen, type Report, restoredTables } from "./report.ts";

/** What is left to people, in plain sentences. */
export function toDo(report: Omit<Report, "toDo">): string[] {
  return [...aboutTheTable(report), ...aboutItems(report), ...aboutThePlan(report), ...aboutSurroundings(report)];
}

function aboutTheTable({ readOnly, outcome, repairs }: Omit<Report, "toDo">): string[] {
  return [
    ...(isFrozen(readOnly)
      ? ["The table is still frozen: lift it once it may be written again (the command is below)."]
      : []),
    ...(outcome === "Stopped" && repairs.outcomes.written
      ? [
          "Some items were repaired before the recovery stopped: the journal says which; a new recovery goes on from there.",
        ]
      : []),
  ];
}

function aboutItems({ repairs, followUp, lists, evidenceUsed }: Omit<Report, "toDo">): string[] {
  const { leftCount, createdCount } = repairs;
  const leftShown = repairs.left.length;
  const expired = lists.expired.count;
  const ofUndo =
    evidenceUsed.undoOf === undefined
      ? []
      : [
          `An undo keeps what was written after recovery ${evidenceUsed.undoOf}, and what may not be its own ("maybe-not-ours"): look at what is left.`,
        ];
  return [
    ...(leftCount > 0
      ? [
          `${items(leftCount)} left for a person to decide: each is listed with its reason${leftCount > leftShown ? `, all of them in ${lists.left.files.join(", ")}` : ""}.`,
        ]
      : []),
    ...(leftCount > 0 ? ofUndo : []),
    ...(createdCount > 0
      ? [
          `${createdCount === 1 ? "1 item was" : `${createdCount} items were`} created by the incident or since, and left as ${createdCount === 1 ? "it is" : "they are"}.`,
        ]
      : []),
    ...(followUp
      ? [
          "To decide some of them: change decisions in followUp of report.json to revert, and start a new execution with it; nothing is restored or exported again.",
        ]
      : []),
    ...(expired > 0
      ? [
          `${expired === 1 ? "1 item stays" : `${expired} items stay`} gone, since time to live would delete ${expired === 1 ? "it" : "them"} again: what ${expired === 1 ? "it" : "they"} held is in ${lists.expired.files.join(", ")}.`,
        ]
      : []),
  ];
}

function aboutThePlan({ plan, outcome }: Omit<Report, "toDo">): string[] {
  const isDone = outcome === "Recovered" || outcome === "Stopped";
  const delta = plan?.counts.delta ?? 0;
  return [
    ...(delta > 0
      ? [
          `Of ${delta} items a counter's difference ${isDone ? "was" : "would be"} taken back: good increments between the first and the last bad second go with it.`,
        ]
      : []),
    ...(plan && plan.counts.nearBoundary > 0
      ? [
          `${plan.counts.nearBoundary} items were written within 60 seconds of the first or the last bad second, by which clocks may differ: look at some of them.`,
        ]
      : []),
  ];
}

function aboutSurroundings(report: Omit<Report, "toDo">): string[] {
  const isBorrowed = report.evidenceUsed.from !== undefined;
  const kept = isBorrowed
    ? []
    : restoredTables(report).flatMap(({ tableName, deletedAt }) => (deletedAt ? [] : [tableName]));
  return [
    ...(report.keys?.blindSpot ? [`Mind what the keys could not show: ${report.keys.blindSpot}.`] : []),
    ...(kept.length > 0
      ? [`Restored tables are kept, and cost storage until they are deleted: ${kept.join(", ")}.`]
      : []),
    ...report.sideEffects.map((effect) => `Mind what follows the table: ${effect}.`),
  ];
}

function items(count: number): string {
  return count === 1 ? "1 item is" : `${count} items are`;
}
