import { randomBytes } from "node:crypto";
import type { Caller } from "../../service.ts";
import type { ControlPlaneRequest } from "../control-plane-requests.ts";
import type { Output } from "../parts.ts";
import type { Table } from "../tables.ts";

export type ExportRequest = ControlPlaneRequest<"ExportTableToPointInTime">;

/** What of the table's past an export holds; seconds since the epoch. */
export type ExportSubject =
  | { readonly type: "FULL_EXPORT"; readonly time: number }
  | {
      readonly type: "INCREMENTAL_EXPORT";
      readonly from: number;
      readonly to: number;
      readonly view: "NEW_IMAGE" | "NEW_AND_OLD_IMAGES";
    };

/** How an export ended. */
export type ExportEnd = { readonly endedMs: number } & (
  | { readonly status: "COMPLETED"; readonly itemCount: number; readonly billedBytes: number }
  | { readonly status: "FAILED"; readonly code: string; readonly message: string }
);

/** One export: what was asked, and how far it is. */
export class TableExport {
  readonly arn: string;
  readonly id: string;
  readonly table: Table;
  readonly caller: Caller;
  readonly request: ExportRequest;
  readonly subject: ExportSubject;
  readonly startedMs: number;
  end: ExportEnd | undefined;

  constructor(table: Table, caller: Caller, request: ExportRequest, subject: ExportSubject, startedMs: number) {
    this.id = `${String(startedMs).padStart(14, "0")}-${randomBytes(4).toString("hex")}`;
    this.arn = `${table.arn}/export/${this.id}`;
    this.table = table;
    this.caller = caller;
    this.request = request;
    this.subject = subject;
    this.startedMs = startedMs;
  }

  /** Everything of every export of a prefix lies below this. */
  get root(): string {
    const prefix = this.request.S3Prefix;
    return prefix === undefined || prefix === "" ? "AWSDynamoDB" : `${prefix}/AWSDynamoDB`;
  }

  /** Manifests of this export alone. */
  get folder(): string {
    return `${this.root}/${this.id}`;
  }

  /** Incremental exports of one prefix share their data folder. */
  get dataFolder(): string {
    return this.subject.type === "FULL_EXPORT" ? `${this.folder}/data` : `${this.root}/data`;
  }

  describe(): Output {
    const { request, subject, end, table } = this;
    return {
      ExportArn: this.arn,
      ExportStatus: end?.status ?? "IN_PROGRESS",
      StartTime: this.startedMs / 1000,
      TableArn: table.arn,
      TableId: table.id,
      ...(request.ClientToken === undefined ? {} : { ClientToken: request.ClientToken }),
      S3Bucket: request.S3Bucket,
      ...(request.S3BucketOwner === undefined ? {} : { S3BucketOwner: request.S3BucketOwner }),
      ...(request.S3Prefix === undefined ? {} : { S3Prefix: request.S3Prefix }),
      S3SseAlgorithm: "AES256",
      ExportFormat: "DYNAMODB_JSON",
      ExportType: subject.type,
      ...(subject.type === "FULL_EXPORT"
        ? { ExportTime: subject.time }
        : {
            IncrementalExportSpecification: {
              ExportFromTime: subject.from,
              ExportToTime: subject.to,
              ExportViewType: subject.view,
            },
          }),
      ...(request.FilterSpecification === undefined ? {} : { FilterSpecification: request.FilterSpecification }),
      ...(end === undefined ? {} : { EndTime: end.endedMs / 1000 }),
      ...(end?.status === "COMPLETED"
        ? {
            ExportManifest: `${this.folder}/manifest-summary.json`,
            BilledSizeBytes: end.billedBytes,
            ItemCount: end.itemCount,
          }
        : {}),
      ...(end?.status === "FAILED" ? { FailureCode: end.code, FailureMessage: end.message } : {}),
    };
  }

  summary(): Output {
    return { ExportArn: this.arn, ExportStatus: this.end?.status ?? "IN_PROGRESS", ExportType: this.subject.type };
  }
}
