import { AwsError, type Caller } from "../../service.ts";
import type { Parts } from "../parts.ts";
import type { Table } from "../tables.ts";
import { type StreamRecord, sequenceOf, streamRecord } from "./stream-record.ts";
import { streamArn, type TableStream } from "./table-stream.ts";

export type StartingPosition = "TRIM_HORIZON" | "LATEST";

/**
 * The streams of the tables, as readers see them: authorized as the API of DynamoDB Streams is, each in one shard, so
 * that a reader gets all of a table's writes in their order. Nothing is trimmed: no table here is older than a day.
 */
export class Streams {
  readonly #parts: Parts;
  readonly #readers = new Map<string, Set<() => void>>();

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.journal.observe((tableId) => {
      for (const reader of this.#readers.get(tableId) ?? []) reader();
    });
  }

  /** Where a reader begins: what `read` is given as `after`. */
  position(arn: string, start: StartingPosition, caller: Caller): number {
    this.#parts.authorization.authorizeResource(caller, "ListStreams", "*");
    for (const action of ["DescribeStream", "GetShardIterator", "GetRecords"])
      this.#parts.authorization.authorizeResource(caller, action, arn);
    const { table, stream } = this.#found(arn);
    const last = stream.lastSequence ?? this.#parts.journal.lastSequenceOf(table.id);
    return start === "LATEST" ? Math.max(last, stream.afterSequence) : stream.afterSequence;
  }

  /** The next records after a position, oldest first, and the position after them. */
  read(
    arn: string,
    { after, limit }: { readonly after: number; readonly limit: number },
    caller: Caller,
  ): readonly StreamRecord[] {
    for (const action of ["DescribeStream", "GetShardIterator", "GetRecords"])
      this.#parts.authorization.authorizeResource(caller, action, arn);
    const { table, stream } = this.#found(arn);
    return this.#parts.journal
      .changesAfter(table.id, after, stream.lastSequence ?? Number.MAX_SAFE_INTEGER, limit)
      .map((change) => streamRecord(change, arn, stream.view));
  }

  /** The position after a record. */
  after(record: StreamRecord): number {
    return sequenceOf(record);
  }

  /** Calls back at every write of the stream's table, which is to take note and to read later; answers how to stop that. */
  subscribe(arn: string, reader: () => void): () => void {
    const { id } = this.#found(arn).table;
    const readers = this.#readers.get(id) ?? new Set();
    this.#readers.set(id, readers);
    readers.add(reader);
    return () => readers.delete(reader);
  }

  #found(arn: string): { readonly table: Table; readonly stream: TableStream } {
    const [tableArn = "", label] = arn.split("/stream/");
    const table = this.#parts.tables.find(this.#parts.authorization.tableNameIn(tableArn) ?? "");
    const streams = [...(table?.endedStreams ?? []), ...(table?.settings.stream ? [table.settings.stream] : [])];
    const stream = streams.find((candidate) => candidate.label === label);
    if (table === undefined || stream === undefined)
      throw new AwsError(
        "ResourceNotFoundException",
        `Requested resource not found: Stream: ${arn} not found${table?.settings.stream ? `; the table's latest one is ${streamArn(table, table.settings.stream)}` : ""}`,
      );
    return { table, stream };
  }
}
