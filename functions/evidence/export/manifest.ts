import { z } from "zod";
import type { Dependencies } from "../../runtime/dependencies.ts";
import { ExportFailed, MissingResult } from "../../runtime/errors.ts";
import type { Recovery } from "../../runtime/recovery.ts";
import type { WindowExport } from "./export-record.ts";

/** `manifest-summary.json`: what was exported, and where the list of its files is. */
const Summary = z.object({
  tableArn: z.string(),
  exportType: z.literal("INCREMENTAL_EXPORT"),
  outputFormat: z.literal("DYNAMODB_JSON"),
  outputView: z.literal("NEW_AND_OLD_IMAGES"),
  exportFromTime: z.string(),
  exportToTime: z.string(),
  manifestFilesS3Key: z.string(),
  /** Of all files together. */
  itemCount: z.number().int().nonnegative(),
});

/** A line of `manifest-files.json`. The data files of all exports of a prefix lie in one folder: only this tells whose they are. */
const DataFile = z.object({
  itemCount: z.number().int().nonnegative(),
  dataFileS3Key: z.string(),
  md5Checksum: z.string().optional(),
});
export type DataFile = z.infer<typeof DataFile>;

/** The files of an export that have lines, in the order of the manifest. */
export async function readManifest(
  exported: WindowExport,
  recovery: Recovery,
  deps: Dependencies,
): Promise<DataFile[]> {
  const name = exported.manifest ?? "";
  const summary = parse(Summary, await text(name, recovery, deps), name, deps);
  assertIsOfWindow(summary, exported, recovery, name, deps);
  const lines = (await text(summary.manifestFilesS3Key, recovery, deps))
    .split("\n")
    .filter((line) => line.trim() !== "");
  const files = lines.map((line) => parse(DataFile, line, summary.manifestFilesS3Key, deps));
  assertAreAll(files, summary, deps);
  return files.filter(({ itemCount }) => itemCount > 0);
}

/** A list that was cut off between two lines looks whole: fewer keys would be repaired, in silence. */
function assertAreAll(
  files: readonly DataFile[],
  { itemCount, manifestFilesS3Key }: z.infer<typeof Summary>,
  { artifacts }: Dependencies,
): void {
  const name = `s3://${artifacts.bucket}/${manifestFilesS3Key}`;
  const listed = files.reduce((sum, file) => sum + file.itemCount, 0);
  if (listed !== itemCount)
    throw new ExportFailed(
      `${name} lists files of ${listed} items, but the summary of its export says ${itemCount}: it is cut off or was changed. Start a new recovery, which exports anew.`,
    );
  if (new Set(files.map((file) => file.dataFileS3Key)).size < files.length)
    throw new ExportFailed(`${name} lists a file twice: it was changed. Start a new recovery, which exports anew.`);
}

/** The manifest of a lent export is still in the bucket. */
export async function isWholeManifestThere(manifest: string, { artifacts }: Dependencies): Promise<boolean> {
  try {
    const summary = Summary.safeParse(JSON.parse(await artifacts.getText(manifest)));
    if (!summary.success) return false;
    await artifacts.getText(summary.data.manifestFilesS3Key);
    return true;
  } catch (error) {
    if (error instanceof MissingResult || error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Key of the summary of an export, which is named after the last part of its ARN. */
export function manifestKey(s3Prefix: string, exportArn: string): string {
  return `${s3Prefix}/AWSDynamoDB/${exportArn.slice(exportArn.lastIndexOf("/") + 1)}/manifest-summary.json`;
}

async function text(key: string, { recoveryId }: Recovery, { artifacts }: Dependencies): Promise<string> {
  try {
    return await artifacts.getText(key);
  } catch (error) {
    if (!(error instanceof MissingResult)) throw error;
    throw new ExportFailed(
      `s3://${artifacts.bucket}/${key}, which names the files of an export of recovery "${recoveryId}", is not there any more: it was deleted, or has expired. Start a new recovery, which exports anew.`,
      { cause: error },
    );
  }
}

function parse<Value>(schema: z.ZodType<Value>, json: string, key: string, { artifacts }: Dependencies): Value {
  const refused = (what: string) =>
    new ExportFailed(
      `s3://${artifacts.bucket}/${key} is not the manifest of an incremental export with both images (${what}): it was changed, or AWS changed its form. Nothing was planned from it.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw refused("it is not JSON");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refused(parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
}

/** An export of another table or another time would be taken for this incident. */
function assertIsOfWindow(
  summary: z.infer<typeof Summary>,
  { from, to }: WindowExport,
  { tableArn, recoveryId }: Recovery,
  key: string,
  { artifacts }: Dependencies,
): void {
  const isSame = (one: string, other: string) => Date.parse(one) === Date.parse(other);
  const { exportFromTime, exportToTime } = summary;
  if (summary.tableArn === tableArn && isSame(exportFromTime, from) && isSame(exportToTime, to)) return;
  throw new ExportFailed(
    `s3://${artifacts.bucket}/${key} is of an export of ${summary.tableArn} from ${exportFromTime} to ${exportToTime}, but recovery "${recoveryId}" asked for ${tableArn} from ${from} to ${to}: nothing was planned from it. Start a new recovery.`,
  );
}
