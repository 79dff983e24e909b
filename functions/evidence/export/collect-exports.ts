import type { Cursor } from "../../key-sources/key-source.ts";
import { withinPartition } from "../../key-sources/within-partition.ts";
import type { Dependencies } from "../../runtime/dependencies.ts";
import { ExportFailed, MissingResult } from "../../runtime/errors.ts";
import type { Recovery } from "../../runtime/recovery.ts";
import type { FoundLine } from "../evidence.ts";
import type { ExportedLine } from "./combine-exports.ts";
import { type FilePosition, readDataFile } from "./data-file.ts";
import { type ExportedChange, parseExportLine } from "./export-line.ts";
import { readExportRecord } from "./export-record.ts";
import { EARLIER, type ExportWindow, isShort, UNTIL } from "./export-windows.ts";
import { readManifest } from "./manifest.ts";
import { windowsOf } from "./plan-exports.ts";

const DAY_SECONDS = 86_400;

interface ExportCursor extends Cursor {
  /** Places in the list of windows, and in the manifest of that window's export. */
  readonly window: number;
  readonly file: number;
  readonly position: FilePosition;
}

/** All lines of all exports that are asked for, window by window, file by file. */
export async function* collectExports(
  recovery: Recovery,
  from: Cursor | undefined,
  deps: Dependencies,
): AsyncGenerator<FoundLine, void, undefined> {
  const record = await readExportRecord(recovery.recoveryId, deps);
  const begin = from as ExportCursor | undefined;
  const windows = record ? windowsOf(recovery, record) : [];
  const isAskedFor = withinPartition(recovery);
  for (const [window, exportWindow] of windows.entries()) {
    if (window < (begin?.window ?? 0)) continue;
    const exported = record?.exports[exportWindow.role];
    if (!exported?.readyAt) break;
    const files = await readManifest(exported, recovery, deps);
    for (const [file, dataFile] of files.entries()) {
      const isBegun = window === begin?.window;
      if (isBegun && file < begin.file) continue;
      const position = isBegun && file === begin.file ? begin.position : undefined;
      const name = `s3://${deps.artifacts.bucket}/${dataFile.dataFileS3Key}`;
      for await (const { text, number, next } of readDataFile(dataFile, position, deps)) {
        const change = parseExportLine(text, recovery.keySchema, `${name}, line ${number}`);
        assertWrittenIn(exportWindow, change, `${name}, line ${number}`);
        const resumeAt: ExportCursor = { window, file, position: next };
        // A borrowed export may be of the whole table, and nobody but the evidence names the keys of a partition.
        if (isAskedFor && !isAskedFor(change.key)) yield { resumeAt };
        else yield { key: change.key, line: { ...lineOf(change, window, isShort(recovery)) }, resumeAt };
      }
    }
    if (window === windows.length - 1) return;
  }
  throw new MissingResult(
    `The exports of recovery "${recovery.recoveryId}" are not ready: call CheckExport until it answers "ready".`,
  );
}

/** Far outside of its window: seconds or milliseconds in place of microseconds would turn every judgement round. */
function assertWrittenIn({ from, to }: ExportWindow, { writtenAt }: ExportedChange, where: string): void {
  const seconds = writtenAt / 1_000_000;
  if (seconds >= from - DAY_SECONDS && seconds <= to + DAY_SECONDS) return;
  throw new ExportFailed(
    `${where} says that its item was written at ${writtenAt} microseconds, and its export is from ${from} to ${to} seconds of the epoch: nothing was planned from it. Start a new recovery, which exports anew.`,
  );
}

/** Only what is asked of that window: the images of a window beside the incident would be carried along for nothing. */
function lineOf({ writtenAt, before, after }: ExportedChange, window: number, isShortIncident: boolean): ExportedLine {
  const needsBefore = !isShortIncident || (window !== UNTIL && window !== EARLIER);
  const needsAfter = !isShortIncident || window !== EARLIER;
  return {
    window,
    writtenAt,
    ...(needsBefore && before ? { before } : {}),
    ...(needsAfter && after ? { after } : {}),
  };
}
