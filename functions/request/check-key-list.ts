import { HeadObjectCommand } from "@aws-sdk/client-s3";
import type { RecoveryRequest } from "../contracts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidRequest } from "../runtime/errors.ts";

const READABLE = /\.(jsonl|ndjson|json|csv)$/i;

/** The list of keys that the request names is there and can be read: found now, not an hour into the restore. */
export async function checkKeyList({ keysFrom }: RecoveryRequest, { aws, artifacts }: Dependencies): Promise<void> {
  if (!keysFrom || !("s3" in keysFrom)) return;
  const { key, format } = keysFrom.s3;
  if (!format && !READABLE.test(key))
    throw new InvalidRequest(
      `Field "keysFrom.s3.key" is "${key}", whose ending does not tell its format: call it .jsonl, .json or .csv, or give "keysFrom.s3.format". Compressed lists are not read.`,
    );
  const address = `s3://${artifacts.bucket}/${key}`;
  try {
    const { ContentLength } = await aws.s3.send(new HeadObjectCommand({ Bucket: artifacts.bucket, Key: key }));
    if (ContentLength === 0)
      throw new InvalidRequest(
        `Field "keysFrom.s3.key" is "${key}", but ${address} is empty: put the keys into it, one JSON object a line.`,
      );
  } catch (error) {
    // HEAD has no body, so the service can't say which: the bucket is ours, so it is the object that is missing.
    if (error instanceof Error && (error.name === "NotFound" || error.name === "NoSuchKey"))
      throw new InvalidRequest(
        `Field "keysFrom.s3.key" is "${key}", but ${address} is not there: upload it (aws s3 cp keys.jsonl ${address}), or correct the name.`,
        { cause: error },
      );
    throw error;
  }
}
