import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";

interface Version {
  readonly id: string;
  readonly bytes: Buffer;
}

/** A versioned bucket in memory that answers what Artifacts and the key sources send. */
export class MemoryS3 {
  /** Bytes a chunk of every stream. */
  chunkBytes = 64 * 1024;
  readonly #objects = new Map<string, Version[]>();

  get client(): S3Client {
    return { send: async (command: object) => this.#answer(command) } as unknown as S3Client;
  }

  put(key: string, text: string | Buffer): void {
    const versions = this.#objects.get(key) ?? [];
    versions.push({ id: `v${versions.length + 1}`, bytes: Buffer.from(text) });
    this.#objects.set(key, versions);
  }

  delete(key: string): void {
    this.#objects.delete(key);
  }

  text(key: string): string {
    return this.#version(key, undefined).bytes.toString("utf8");
  }

  keys(prefix: string): string[] {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  #answer(command: object): unknown {
    if (command instanceof PutObjectCommand) {
      const { Key = "", Body, IfNoneMatch } = command.input;
      if (IfNoneMatch === "*" && this.#objects.has(Key)) throw named("PreconditionFailed");
      this.put(Key, Body as string);
      return { VersionId: this.#version(Key, undefined).id };
    }
    if (command instanceof GetObjectCommand) {
      const { Key = "", VersionId, Range } = command.input;
      const { id, bytes } = this.#version(Key, VersionId);
      const [, from = "0", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(Range ?? "bytes=0-") ?? [];
      const body = bytes.subarray(Number(from), to === "" ? undefined : Number(to) + 1);
      if (Range && Number(from) >= bytes.length) throw named("InvalidRange");
      return {
        Body: streamOf(body, this.chunkBytes),
        ContentLength: body.length,
        VersionId: id,
        ETag: `"${createHash("md5").update(bytes).digest("hex")}"`,
      };
    }
    if (command instanceof ListObjectsV2Command)
      return { Contents: this.keys(command.input.Prefix ?? "").map((Key) => ({ Key })) };
    throw new Error(`MemoryS3 does not know ${command.constructor.name}.`);
  }

  #version(key: string, id: string | undefined): Version {
    const versions = this.#objects.get(key);
    if (!versions) throw named("NoSuchKey");
    const version = id === undefined ? versions.at(-1) : versions.find((candidate) => candidate.id === id);
    if (!version) throw named("NoSuchVersion");
    return version;
  }
}

function streamOf(bytes: Buffer, chunkBytes: number) {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += chunkBytes) chunks.push(bytes.subarray(start, start + chunkBytes));
  return Object.assign(Readable.from(chunks), {
    transformToString: async () => bytes.toString("utf8"),
    transformToByteArray: async () => new Uint8Array(bytes),
  });
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}
