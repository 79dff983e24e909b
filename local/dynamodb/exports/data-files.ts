import { createHash, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { crc32, gzip as gzipWithCallback, constants as zlib } from "node:zlib";
import { seededRandom } from "../../conditions.ts";
import type { ExportStorage } from "./export-storage.ts";
import type { TableExport } from "./table-export.ts";

const gzip = promisify(gzipWithCallback);
/** Like partitions of a table: "at least one file per partition", some of them empty. */
const PARTITIONS = 4;
/** Of text, before it is packed. */
const FILE_CHARACTERS = 4_000_000;

/** A data file as manifest-files.json lists it. */
export interface DataFile {
  readonly itemCount: number;
  readonly md5Checksum: string;
  readonly etag: string;
  readonly dataFileS3Key: string;
}

/** Writes lines into data files: by partition, packed, in no order, some files empty. */
export class DataFiles {
  readonly files: DataFile[] = [];
  readonly #of: TableExport;
  readonly #storage: ExportStorage;
  readonly #random = seededRandom(7);
  readonly #lines: string[][] = Array.from({ length: PARTITIONS }, () => []);
  readonly #characters: number[] = Array.from({ length: PARTITIONS }, () => 0);

  constructor(of: TableExport, storage: ExportStorage) {
    this.#of = of;
    this.#storage = storage;
  }

  /** The partition of an item: all items of one partition key are in one. */
  partitionOf(keyText: string): number {
    return crc32(keyText.split("/")[0] ?? "") % PARTITIONS;
  }

  async add(partition: number, line: string): Promise<void> {
    this.#lines[partition]?.push(line);
    const characters = (this.#characters[partition] ?? 0) + line.length;
    this.#characters[partition] = characters;
    if (characters >= FILE_CHARACTERS) await this.#write(partition);
  }

  /** Writes what is left, and an empty file in any case. */
  async finish(): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition += 1) await this.#write(partition);
    await this.#put([]);
  }

  async #write(partition: number): Promise<void> {
    const lines = this.#lines[partition] ?? [];
    this.#lines[partition] = [];
    this.#characters[partition] = 0;
    await this.#put(lines);
  }

  async #put(lines: string[]): Promise<void> {
    for (let last = lines.length - 1; last > 0; last -= 1) {
      const other = Math.floor(this.#random() * (last + 1));
      [lines[last], lines[other]] = [lines[other] ?? "", lines[last] ?? ""];
    }
    const text = lines.map((line) => `${line}\n`).join("");
    const body = await gzip(text, { level: zlib.Z_BEST_SPEED });
    const key = `${this.#of.dataFolder}/${randomBytes(13).toString("hex")}.json.gz`;
    const etag = await this.#storage.put(this.#of.caller, this.#of.request.S3Bucket, key, body);
    const md5Checksum = createHash("md5").update(body).digest("base64");
    this.files.push({ itemCount: lines.length, md5Checksum, etag, dataFileS3Key: key });
  }
}
