import type { Execution } from "./execution.ts";
import type { Json } from "./json.ts";

export type MapRunStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED";

export interface MapRunLimits {
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number | undefined;
  readonly toleratedFailurePercentage: number | undefined;
}

/** The children of one Distributed Map state and what DescribeMapRun tells of them. */
export class MapRun {
  readonly arn: string;
  readonly executionArn: string;
  readonly label: string;
  readonly limits: MapRunLimits;
  readonly startDate: number;
  readonly items: readonly Json[];
  /** By item; undefined until it is started. */
  readonly children: (Execution | undefined)[] = [];
  /** Items whose children a redrive has yet to take up again. */
  readonly awaitingRedrive = new Set<number>();
  status: MapRunStatus = "RUNNING";
  stopDate: number | undefined;
  redriveCount = 0;
  redriveDate: number | undefined;

  constructor(from: {
    readonly arn: string;
    readonly executionArn: string;
    readonly label: string;
    readonly limits: MapRunLimits;
    readonly items: readonly Json[];
    readonly startDate: number;
  }) {
    this.arn = from.arn;
    this.executionArn = from.executionArn;
    this.label = from.label;
    this.limits = from.limits;
    this.items = from.items;
    this.startDate = from.startDate;
  }

  end(status: MapRunStatus, now: number): void {
    this.status = status;
    this.stopDate = now;
    this.awaitingRedrive.clear();
  }

  redrive(now: number): void {
    this.status = "RUNNING";
    this.stopDate = undefined;
    this.redriveCount += 1;
    this.redriveDate = now;
    for (const [index, child] of this.children.entries()) {
      if (child && child.status !== "SUCCEEDED") this.awaitingRedrive.add(index);
    }
  }

  /** Whether so many children that did not succeed are more than the state tolerates; without limits that is one. */
  isOverTolerance(failures: number): boolean {
    const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = this.limits;
    if (count === undefined && percentage === undefined) return failures > 0;
    const share = (failures / Math.max(this.items.length, 1)) * 100;
    return (count !== undefined && failures > count) || (percentage !== undefined && share > percentage);
  }

  /** The counts of DescribeMapRun; without batches an item and its execution are one. */
  counts(): Record<string, number> {
    const counts = { pending: 0, running: 0, succeeded: 0, failed: 0, timedOut: 0, aborted: 0, pendingRedrive: 0 };
    for (let index = 0; index < this.items.length; index += 1) {
      const status = this.children[index]?.status;
      if (this.awaitingRedrive.has(index)) counts.pendingRedrive += 1;
      else if (status === undefined) counts.pending += 1;
      else if (status === "RUNNING") counts.running += 1;
      else if (status === "SUCCEEDED") counts.succeeded += 1;
      else if (status === "FAILED") counts.failed += 1;
      else if (status === "TIMED_OUT") counts.timedOut += 1;
      else counts.aborted += 1;
    }
    return { ...counts, total: this.items.length, resultsWritten: 0, failuresNotRedrivable: 0 };
  }
}
