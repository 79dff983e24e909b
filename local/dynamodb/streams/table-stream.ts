import { AwsError } from "../../service.ts";
import type { Parts } from "../parts.ts";
import type { Table } from "../tables.ts";

export type StreamViewType = "KEYS_ONLY" | "NEW_IMAGE" | "OLD_IMAGE" | "NEW_AND_OLD_IMAGES";

/** A stream of a table: the part of the journal between the moments in which it was switched on and off. */
export interface TableStream {
  readonly view: StreamViewType;
  /** When it was switched on, to the millisecond: what tells a table's streams apart. */
  readonly label: string;
  /** The table's last write before it. */
  readonly afterSequence: number;
  /** The last write in it; undefined: it goes on. */
  readonly lastSequence?: number;
}

interface StreamSpecification {
  readonly StreamEnabled: boolean;
  readonly StreamViewType?: StreamViewType | undefined;
}

export function streamArn(table: Table, stream: TableStream): string {
  return `${table.arn}/stream/${stream.label}`;
}

/** The stream that a new table has, or that is switched on after a write. */
export function newStream(
  specification: StreamSpecification | undefined,
  nowMs: number,
  afterSequence = 0,
): TableStream | undefined {
  if (specification === undefined) return undefined;
  const { StreamEnabled, StreamViewType: view } = specification;
  if (StreamEnabled !== (view !== undefined))
    throw new AwsError(
      "ValidationException",
      "One or more parameter values were invalid: StreamViewType is required when StreamEnabled is true, and has no place when it is false",
    );
  if (view === undefined) return undefined;
  return { view, label: new Date(nowMs).toISOString().slice(0, -1), afterSequence };
}

/** Switches a table's stream on or off; a view is changed by switching it off and on again, which makes another stream. */
export function changeStream(parts: Parts, table: Table, specification: StreamSpecification): void {
  const { stream } = table.settings;
  if (specification.StreamEnabled && stream !== undefined)
    throw new AwsError("ResourceInUseException", `Table already has an enabled stream: TableName: ${table.name}`);
  const lastSequence = parts.journal.lastSequenceOf(table.id);
  const latest = table.endedStreams.at(-1);
  // Two streams never begin in one millisecond: the label could not tell them apart.
  const earliestMs = latest === undefined ? 0 : Date.parse(`${latest.label}Z`) + 1;
  table.settings.stream = newStream(specification, Math.max(parts.now(), earliestMs), lastSequence);
  if (stream !== undefined) table.endedStreams.push({ ...stream, lastSequence });
}
