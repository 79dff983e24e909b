import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { describe, expect, test } from "vitest";
import { historyFigures } from "../../bench/history.ts";

type Told = readonly [type: string, previous: number, state?: string];

/** A history by hand: each event names the one before it in its own branch, and comes a second after the last. */
function history(...events: readonly Told[]): HistoryEvent[] {
  return events.map(([type, previousEventId, name], index) => ({
    id: index + 1,
    previousEventId,
    type: type as NonNullable<HistoryEvent["type"]>,
    timestamp: new Date(index * 1000),
    ...(name !== undefined && type.endsWith("Entered") ? { stateEnteredEventDetails: { name } } : {}),
    ...(name !== undefined && type.endsWith("Exited") ? { stateExitedEventDetails: { name } } : {}),
  }));
}

describe("events outside wait loops", () => {
  test("are all of them where nothing is waited for", () => {
    const events = history(
      ["ExecutionStarted", 0],
      ["TaskStateEntered", 1, "Check"],
      ["TaskSucceeded", 2],
      ["TaskStateExited", 3, "Check"],
      ["ExecutionSucceeded", 4],
    );
    expect(historyFigures(events)).toMatchObject({ events: 5, eventsOutsideWaitLoops: 5 });
  });

  test("leave out Wait states and every visit of a state but its first, however often the loop goes round", () => {
    const lap = (before: number): Told[] => [
      ["WaitStateEntered", before, "Wait"],
      ["WaitStateExited", before + 1, "Wait"],
      ["TaskStateEntered", before + 2, "Check"],
      ["TaskSucceeded", before + 3],
      ["TaskStateExited", before + 4, "Check"],
    ];
    const once = history(["ExecutionStarted", 0], ...lap(1), ["ExecutionSucceeded", 6]);
    const thrice = history(["ExecutionStarted", 0], ...lap(1), ...lap(6), ...lap(11), ["ExecutionSucceeded", 16]);
    expect(historyFigures(once)).toMatchObject({ events: 7, eventsOutsideWaitLoops: 5 });
    expect(historyFigures(thrice)).toMatchObject({ events: 17, eventsOutsideWaitLoops: 5 });
  });

  test("are counted to their own state where branches stand mixed", () => {
    const events = history(
      ["ParallelStateEntered", 0, "Both"],
      ["WaitStateEntered", 1, "Wait"],
      ["TaskStateEntered", 1, "Collect"],
      ["WaitStateExited", 2, "Wait"],
      ["TaskSucceeded", 3],
      ["TaskStateExited", 5, "Collect"],
      ["ParallelStateExited", 6, "Both"],
    );
    expect(historyFigures(events)).toMatchObject({ events: 7, eventsOutsideWaitLoops: 5 });
  });
});

test("a Distributed Map's wall time is from entering its state to leaving it", () => {
  const events = history(
    ["MapStateEntered", 0, "ApplyRepairs"],
    ["MapRunStarted", 1],
    ["MapRunSucceeded", 2],
    ["MapStateExited", 3, "ApplyRepairs"],
  );
  expect(historyFigures(events)).toMatchObject({ mapSeconds: { ApplyRepairs: 3 } });
});
