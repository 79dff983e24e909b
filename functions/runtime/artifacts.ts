/** Objects of one recovery in S3, all below `recoveries/<id>/`: values of items live here and nowhere else. */
import { createHash } from "node:crypto";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import canonicalize from "canonicalize";
import { MissingResult, PlanMismatch } from "./errors.ts";

export interface StoredObject {
  readonly key: string;
  readonly sha256: string;
  readonly versionId: string | undefined;
  readonly bytes: number;
}

/** The very object that was written, as the recoveries table remembers it: what is in S3 alone proves nothing. */
export interface Pin {
  readonly sha256: string;
  readonly versionId?: string;
}

/** S3 answers "try again" where two conditional writes meet; who lost is known only by the next try. */
const TRIES_TO_WRITE_ONCE = 5;

export class Artifacts {
  readonly bucket: string;
  readonly #s3: S3Client;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.bucket = bucket;
  }

  /** Full object key of a name inside a recovery: `plan/1/0001-0.json`. */
  key(recoveryId: string, name: string): string {
    return `recoveries/${recoveryId}/${name}`;
  }

  /** Writes canonical JSON, so that the same content has the same hash whoever writes it. */
  async putJson(recoveryId: string, name: string, value: unknown): Promise<StoredObject> {
    return this.#put(recoveryId, name, toCanonicalJson(value), "application/json");
  }

  async putText(recoveryId: string, name: string, text: string, contentType: string): Promise<StoredObject> {
    return this.#put(recoveryId, name, text, contentType);
  }

  /** Writes only where nothing is yet; answers undefined where something is. */
  async putTextOnce(
    recoveryId: string,
    name: string,
    text: string,
    contentType: string,
  ): Promise<StoredObject | undefined> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#put(recoveryId, name, text, contentType, "*");
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (error.name === "PreconditionFailed") return undefined;
        if (error.name !== "ConditionalRequestConflict" || tries === TRIES_TO_WRITE_ONCE) throw error;
      }
    }
  }

  async #put(recoveryId: string, name: string, text: string, contentType: string, ifNoneMatch?: "*") {
    const key = this.key(recoveryId, name);
    const result = await this.#s3.send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key: key,
        Body: text,
        ContentType: contentType,
        ...(ifNoneMatch ? { IfNoneMatch: ifNoneMatch } : {}),
      }),
    );
    return { key, sha256: sha256(text), versionId: result.VersionId, bytes: Buffer.byteLength(text) };
  }

  /** Reads JSON; `versionId` pins the very object that was recorded. */
  async getJson<Value>(recoveryId: string, name: string, versionId?: string): Promise<Value> {
    const key = this.key(recoveryId, name);
    return this.#parse<Value>(key, await this.getText(key, versionId));
  }

  /** Reads JSON that was written down with its hash; anything else is refused before it is looked at. */
  async getPinned<Value>(recoveryId: string, name: string, pin: Pin): Promise<Value> {
    const key = this.key(recoveryId, name);
    const text = await this.getText(key, pin.versionId);
    if (sha256(text) !== pin.sha256)
      throw new PlanMismatch(
        `s3://${this.bucket}/${key} is not what was planned (its SHA-256 is ${sha256(text)}, recorded is ${pin.sha256}): nothing was written. Find out who changed it and start a new recovery.`,
      );
    return this.#parse<Value>(key, text);
  }

  #parse<Value>(key: string, text: string): Value {
    try {
      return JSON.parse(text) as Value;
    } catch {
      // The parser's own message quotes the text, and item values have no business in logs.
      throw new MissingResult(
        `s3://${this.bucket}/${key} is not JSON, so it is not what a step wrote there: it was changed. Start a new recovery.`,
      );
    }
  }

  async getText(key: string, versionId?: string): Promise<string> {
    try {
      const result = await this.#s3.send(
        new GetObjectCommand({ Bucket: this.bucket, Key: key, ...(versionId ? { VersionId: versionId } : {}) }),
      );
      return (await result.Body?.transformToString("utf8")) ?? "";
    } catch (error) {
      if (error instanceof Error && (error.name === "NoSuchKey" || error.name === "NoSuchVersion"))
        throw new MissingResult(
          `s3://${this.bucket}/${key} is not there: it was deleted, or the step that writes it did not end.`,
          {
            cause: error,
          },
        );
      throw error;
    }
  }

  /** The object as a stream of bytes, for lists of any length. */
  async getStream(key: string): Promise<AsyncIterable<Uint8Array>> {
    const result = await this.#s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    return result.Body as AsyncIterable<Uint8Array>;
  }

  /** Names (below the recovery's prefix) that begin with `prefix`, in order, page by page. */
  async *list(recoveryId: string, prefix: string): AsyncGenerator<string> {
    const base = this.key(recoveryId, "");
    let token: string | undefined;
    do {
      const page = await this.#s3.send(
        new ListObjectsV2Command({
          Bucket: this.bucket,
          Prefix: base + prefix,
          ...(token ? { ContinuationToken: token } : {}),
        }),
      );
      for (const object of page.Contents ?? []) if (object.Key) yield object.Key.slice(base.length);
      token = page.NextContinuationToken;
    } while (token);
  }
}

/** What to remember of an object that was just written. */
export function pinOf({ sha256, versionId }: StoredObject): Pin {
  return versionId === undefined ? { sha256 } : { sha256, versionId };
}

export function toCanonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined)
    throw new TypeError("Only JSON values can be stored as an artifact; got undefined or a function.");
  return text;
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
