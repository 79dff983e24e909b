import type { Artifacts } from "../runtime/artifacts.ts";

/** A list in S3; `files` are JSON lines, more than one only where the list is very long. */
export interface LeftList {
  readonly count: number;
  readonly files: readonly string[];
}

/** A file is closed once it is this big: what is not written yet is held in memory. */
const FILE_BYTES = 4 * 1024 * 1024;

/** Writes a list of any length as `<name>.jsonl`, and on as `<name>-2.jsonl` … where it is very long. */
export class JsonLines {
  readonly #recoveryId: string;
  readonly #name: string;
  readonly #artifacts: Artifacts;
  readonly #files: string[] = [];
  #lines: string[] = [];
  #bytes = 0;
  #count = 0;

  constructor(recoveryId: string, name: string, artifacts: Artifacts) {
    this.#recoveryId = recoveryId;
    this.#name = name;
    this.#artifacts = artifacts;
  }

  async add(line: object): Promise<void> {
    const text = JSON.stringify(line);
    const bytes = Buffer.byteLength(text) + 1;
    if (this.#bytes + bytes > FILE_BYTES && this.#lines.length > 0) await this.#flush();
    this.#lines.push(text);
    this.#bytes += bytes;
    this.#count += 1;
  }

  /** Writes the rest; a list without lines has no file. */
  async end(): Promise<LeftList> {
    if (this.#lines.length > 0) await this.#flush();
    return { count: this.#count, files: this.#files };
  }

  async #flush(): Promise<void> {
    const number = this.#files.length + 1;
    const file = number === 1 ? `${this.#name}.jsonl` : `${this.#name}-${number}.jsonl`;
    const { key } = await this.#artifacts.putText(
      this.#recoveryId,
      file,
      `${this.#lines.join("\n")}\n`,
      "application/jsonl; charset=utf-8",
    );
    this.#files.push(`s3://${this.#artifacts.bucket}/${key}`);
    this.#lines = [];
    this.#bytes = 0;
  }
}
