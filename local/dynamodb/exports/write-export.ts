import { createHash } from "node:crypto";
import type { Conditions } from "../../conditions.ts";
import type { Item } from "../attribute-value.ts";
import type { ChangedKey, StoredItem } from "../journal.ts";
import type { Parts } from "../parts.ts";
import { type DataFile, DataFiles } from "./data-files.ts";
import type { ExportFilter } from "./export-filter.ts";
import type { ExportStorage } from "./export-storage.ts";
import type { TableExport } from "./table-export.ts";

/** Items read in one go; other requests come in between. */
const PAGE = 500;
/** "Incremental exports have a minimum charge of 10 MB." */
const MIN_BILLED_BYTES = 10 * 1024 * 1024;

export interface WrittenExport {
  readonly files: readonly DataFile[];
  readonly itemCount: number;
  readonly billedBytes: number;
}

/** Writes an export's data files. Stops when `checkOpen` throws. */
export async function writeData(
  parts: Parts,
  storage: ExportStorage,
  of: TableExport,
  filter: ExportFilter,
  checkOpen: () => void,
): Promise<WrittenExport> {
  const files = new DataFiles(of, storage);
  let [itemCount, bytes] = [0, 0];
  for (const page of pagesOf(parts, of)) {
    checkOpen();
    for (const one of page) {
      if (filter.ofKeys !== undefined && !filter.ofKeys(JSON.parse(one.keyJson) as Item)) continue;
      bytes += one.bytes;
      const partition = files.partitionOf(one.keyText);
      const line = lineOf(one, of, filter, parts.conditions, partition);
      if (line === undefined) continue;
      itemCount += 1;
      await files.add(partition, line);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await files.finish();
  const billedBytes = of.subject.type === "FULL_EXPORT" ? bytes : Math.max(bytes, MIN_BILLED_BYTES);
  return { files: files.files, itemCount, billedBytes };
}

function pagesOf(parts: Parts, { subject, table }: TableExport): Iterable<readonly (ChangedKey | StoredItem)[]> {
  return subject.type === "FULL_EXPORT"
    ? parts.journal.stateAt(table.id, subject.time * 1000, PAGE)
    : parts.journal.changesBetween(table.id, subject.from * 1000, subject.to * 1000, PAGE);
}

/** The line of an item, put together from JSON as it is stored; undefined: it has none. */
function lineOf(
  one: ChangedKey | StoredItem,
  { subject }: TableExport,
  filter: ExportFilter,
  conditions: Conditions,
  partition: number,
): string | undefined {
  if ("imageJson" in one) return passes(filter, one.imageJson) ? `{"Item":${one.imageJson}}` : undefined;
  const { newJson, oldJson } = one;
  if (newJson === undefined && oldJson === undefined && !conditions.exportKeysOfPassingItems) return undefined;
  if (!passes(filter, newJson ?? oldJson)) return undefined;
  const withOld = subject.type === "INCREMENTAL_EXPORT" && subject.view === "NEW_AND_OLD_IMAGES";
  const members = [
    `"Metadata":{"WriteTimestampMicros":${timestamp(one.lastWriteMs, conditions, partition)}}`,
    `"Keys":${one.keyJson}`,
    ...(withOld && oldJson !== undefined ? [`"OldImage":${oldJson}`] : []),
    ...(newJson === undefined ? [] : [`"NewImage":${newJson}`]),
  ];
  return `{${members.join(",")}}`;
}

function passes({ ofImages }: ExportFilter, imageJson: string | undefined): boolean {
  if (ofImages === undefined) return true;
  return imageJson !== undefined && ofImages(JSON.parse(imageJson) as Item);
}

/** AWS's guide shows a bare string, files of real exports have been seen with a typed number. */
function timestamp(ms: number, { exportTimestamps }: Conditions, partition: number): string {
  const micros = JSON.stringify(String(ms * 1000));
  const typed = exportTimestamps === "number" || (exportTimestamps === "mixed" && partition % 2 === 1);
  return typed ? `{"N":${micros}}` : micros;
}

/** Writes the manifests, which AWS does last of all. */
export async function writeManifests(
  storage: ExportStorage,
  of: TableExport,
  written: WrittenExport,
  endedMs: number,
): Promise<void> {
  const filesKey = `${of.folder}/manifest-files.json`;
  const put = async (name: string, text: string): Promise<void> => {
    const md5 = createHash("md5").update(text).digest("base64");
    await storage.put(of.caller, of.request.S3Bucket, `${of.folder}/${name}.json`, Buffer.from(text));
    await storage.put(of.caller, of.request.S3Bucket, `${of.folder}/${name}.md5`, Buffer.from(md5));
  };
  await put("manifest-files", written.files.map((file) => `${JSON.stringify(file)}\n`).join(""));
  await put("manifest-summary", JSON.stringify(summaryOf(of, written, filesKey, endedMs)));
}

function summaryOf(of: TableExport, written: WrittenExport, filesKey: string, endedMs: number): object {
  const { subject, table, request } = of;
  return {
    version: subject.type === "FULL_EXPORT" ? "2020-06-30" : "2023-08-01",
    exportArn: of.arn,
    startTime: iso(of.startedMs),
    endTime: iso(endedMs),
    tableArn: table.arn,
    tableId: table.id,
    ...(subject.type === "FULL_EXPORT"
      ? { exportTime: iso(subject.time * 1000) }
      : { exportFromTime: iso(subject.from * 1000), exportToTime: iso(subject.to * 1000) }),
    s3Bucket: request.S3Bucket,
    s3Prefix: request.S3Prefix ?? null,
    s3SseAlgorithm: "AES256",
    s3SseKmsKeyId: null,
    manifestFilesS3Key: filesKey,
    billedSizeBytes: written.billedBytes,
    itemCount: written.itemCount,
    outputFormat: "DYNAMODB_JSON",
    ...(subject.type === "FULL_EXPORT" ? {} : { outputView: subject.view, exportType: subject.type }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
