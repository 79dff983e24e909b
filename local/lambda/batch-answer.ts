/** A record's number, as a function names it in its answer. */
export interface NumberedRecord {
  readonly dynamodb: { readonly SequenceNumber: string };
}

/**
 * Where a batch comes again, by what its function answered: the index of the failed record with the lowest sequence
 * number, or the number of records if all went well. An answer that names no record of the batch fails all of it.
 */
export function firstFailed(answer: unknown, records: readonly NumberedRecord[]): number {
  const failures = member(answer, "batchItemFailures");
  // "An empty or null batchItemFailures list, an empty or null EventResponse" are a complete success.
  if (!Array.isArray(failures)) return records.length;
  const indexes = failures.map((failure) => {
    const identifier = member(failure, "itemIdentifier");
    // "An empty string, null or a bad key name" are a complete failure, and so is a number that is not of this batch.
    return Math.max(
      0,
      records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === identifier),
    );
  });
  return Math.min(records.length, ...indexes);
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
