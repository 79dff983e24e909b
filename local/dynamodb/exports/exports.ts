import { AwsError, type Caller, NotInPocketAwsError } from "../../service.ts";
import type { Parts } from "../parts.ts";
import { exportFilter } from "./export-filter.ts";
import type { ExportStorage } from "./export-storage.ts";
import { exportSubject } from "./export-subject.ts";
import { type ExportRequest, TableExport } from "./table-export.ts";
import { type WrittenExport, writeData, writeManifests } from "./write-export.ts";

/** "A client token is valid for 8 hours." */
const TOKEN_MS = 8 * 3600 * 1000;
/** "Up to 300 export jobs […] can be exported concurrently." */
const MAX_CONCURRENT_EXPORTS = 300;

/** An export with the work that goes on behind it. */
interface RunningExport {
  readonly export: TableExport;
  readonly written: Promise<void>;
  data: WrittenExport | undefined;
  problem: unknown;
  finishing: Promise<void> | undefined;
}

/** Every export that was started; files are written in the background, manifests when the export's time has come. */
export class Exports {
  readonly #parts: Parts;
  readonly #storage: ExportStorage | undefined;
  readonly #running: RunningExport[] = [];
  readonly #tokens = new Map<string, { readonly request: string; readonly started: TableExport }>();
  #closed = false;

  constructor(parts: Parts, storage: ExportStorage | undefined) {
    this.#parts = parts;
    this.#storage = storage;
  }

  /** Starts an export, or answers the one that the same request with the same token has started. */
  async start(caller: Caller, tableName: string, request: ExportRequest): Promise<TableExport> {
    const { ClientToken: token, ...rest } = request;
    const nowMs = this.#parts.now();
    const earlier = token === undefined ? undefined : this.#tokens.get(token);
    if (earlier !== undefined && nowMs - earlier.started.startedMs < TOKEN_MS) {
      if (earlier.request === JSON.stringify(rest)) return earlier.started;
      throw new AwsError("ExportConflictException", `The client token ${token} was used with other parameters`);
    }
    const storage = this.#storage;
    if (storage === undefined) throw new NotInPocketAwsError("an S3 to export to: this DynamoDB was started without");
    const table = this.#parts.tables.find(tableName);
    if (table === undefined || this.#parts.tables.isCreating(table))
      throw new AwsError("TableNotFoundException", `Table not found: ${tableName}`);
    const subject = exportSubject(this.#parts, table, request);
    const filter = exportFilter(this.#parts, table, request);
    await this.#settleAll();
    if (this.#running.filter((one) => one.export.end === undefined).length >= MAX_CONCURRENT_EXPORTS)
      throw new AwsError("LimitExceededException", `Only ${MAX_CONCURRENT_EXPORTS} exports can run at the same time`);
    const started = new TableExport(table, caller, request, subject, nowMs);
    if (token !== undefined) this.#tokens.set(token, { request: JSON.stringify(rest), started });
    const write = async (): Promise<void> => {
      try {
        await startFolder(storage, started);
        running.data = await writeData(this.#parts, storage, started, filter, () => this.#checkOpen());
      } catch (error) {
        running.problem = error;
      } finally {
        this.#parts.journal.release(table.id);
      }
    };
    // What the export is of is past, and stays even if the table goes.
    this.#parts.journal.keep(table.id);
    const running: RunningExport = {
      export: started,
      written: Promise.resolve().then(write),
      data: undefined,
      problem: undefined,
      finishing: undefined,
    };
    this.#running.push(running);
    return started;
  }

  /** All exports, each as far as it is by now; oldest first. */
  async all(): Promise<readonly TableExport[]> {
    await this.#settleAll();
    return this.#running.map((one) => one.export);
  }

  /** Waits until nothing writes any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#running.map((one) => one.written));
  }

  async #settleAll(): Promise<void> {
    for (const one of this.#running) {
      const isTime = this.#parts.now() - one.export.startedMs >= this.#parts.conditions.exportMs;
      if (one.export.end !== undefined || !isTime) continue;
      if (one.data === undefined && one.problem === undefined) continue;
      one.finishing ??= this.#finish(one);
      await one.finishing;
    }
  }

  async #finish(running: RunningExport): Promise<void> {
    const { export: ended, data } = running;
    const endedMs = this.#parts.now();
    const planned = this.#parts.conditions.exportFailure;
    try {
      if (planned !== undefined) throw new AwsError(planned.code, planned.message);
      if (running.problem !== undefined) throw running.problem;
      if (data === undefined || this.#storage === undefined) return;
      await writeManifests(this.#storage, ended, data, endedMs);
      this.#parts.statistics.countExport(ended.table.name, data.billedBytes);
      ended.end = { status: "COMPLETED", endedMs, itemCount: data.itemCount, billedBytes: data.billedBytes };
    } catch (error) {
      // Anything else is a mistake of ours, which the request that finds it shall show.
      if (!(error instanceof AwsError)) throw error;
      ended.end = { status: "FAILED", endedMs, code: error.code, message: error.message };
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new AwsError("InternalServerError", "The service is closing");
  }
}

/** What AWS asks of the caller's role, and the marker that shows that it may write. */
async function startFolder(storage: ExportStorage, of: TableExport): Promise<void> {
  const marker = `${of.folder}/_started`;
  const bucket = of.request.S3Bucket;
  storage.authorize(of.caller, "PutObjectAcl", bucket, marker);
  storage.authorize(of.caller, "AbortMultipartUpload", bucket, marker);
  await storage.put(of.caller, bucket, marker, Buffer.alloc(0));
}
