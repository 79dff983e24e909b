import type { Caller } from "../../service.ts";

/** The S3 that exports are written to, always in the name of whoever asked for the export. */
export interface ExportStorage {
  /** Throws as S3 would answer the caller. */
  authorize(caller: Caller, action: string, bucket: string, key: string): void;
  /** Writes one object as the caller; answers its ETag, without quotes. */
  put(caller: Caller, bucket: string, key: string, body: Buffer): Promise<string>;
}
