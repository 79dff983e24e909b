import { Readable } from "node:stream";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { InvalidKeys } from "../runtime/errors.ts";

/** The very object that the first slice found: a list that is replaced while it is read would be half of each. */
export interface PinnedObject {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly versionId?: string;
  readonly bytes: number;
}

export interface OpenedObject {
  readonly object: PinnedObject;
  readonly stream: AsyncIterable<Uint8Array>;
}

/** Opens an object for the first time, at its first byte. */
export async function openObject(s3: S3Client, bucket: string, key: string): Promise<OpenedObject> {
  const result = await send(s3, { bucket, key });
  return {
    object: {
      bucket,
      key,
      etag: result.ETag ?? "",
      bytes: result.ContentLength ?? 0,
      ...(result.VersionId ? { versionId: result.VersionId } : {}),
    },
    stream: result.Body as AsyncIterable<Uint8Array>,
  };
}

/** Opens a pinned object again, to go on at this byte. */
export async function openObjectAt(s3: S3Client, object: PinnedObject, offset: number): Promise<OpenedObject> {
  // S3 refuses a range that begins at the end (InvalidRange).
  if (offset >= object.bytes) return { object, stream: Readable.from([]) };
  const result = await send(s3, object, `bytes=${offset}-`);
  if (result.ETag !== object.etag)
    throw new InvalidKeys(
      `s3://${object.bucket}/${object.key} was replaced while it was read: start a new recovery, and leave the list alone until its keys are collected.`,
    );
  return { object, stream: result.Body as AsyncIterable<Uint8Array> };
}

async function send(
  s3: S3Client,
  { bucket, key, versionId }: Pick<PinnedObject, "bucket" | "key" | "versionId">,
  range?: string,
) {
  try {
    return await s3.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(versionId ? { VersionId: versionId } : {}),
        ...(range ? { Range: range } : {}),
      }),
    );
  } catch (error) {
    if (error instanceof Error && ["NoSuchKey", "NoSuchVersion", "NotFound"].includes(error.name))
      throw new InvalidKeys(
        `s3://${bucket}/${key} is not there: upload the list of keys, then redrive; or start a new recovery with the right name in keysFrom.s3.key.`,
        { cause: error },
      );
    throw error;
  }
}
