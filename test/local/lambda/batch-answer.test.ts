import { expect, test } from "vitest";
import { firstFailed } from "../../../local/lambda/batch-answer.ts";

const RECORDS = ["100", "101", "102"].map((SequenceNumber) => ({ dynamodb: { SequenceNumber } }));
const failing = (...identifiers: unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

test.each([
  ["nothing", null, 3],
  ["an empty answer", {}, 3],
  ["another answer", "done", 3],
  ["an empty list", failing(), 3],
  ["no list", { batchItemFailures: null }, 3],
  ["one record", failing("101"), 1],
  ["several records, of which the lowest counts", failing("102", "101"), 1],
  ["an empty number", failing(""), 0],
  ["no number", failing(null), 0],
  ["a number of another batch", failing("102", "7"), 0],
  ["a bad member name", { batchItemFailures: [{ id: "102" }] }, 0],
])("a function that answers %s: the batch comes again from there on", (_, answer, index) => {
  expect(firstFailed(answer, RECORDS)).toBe(index);
});
