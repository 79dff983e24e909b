import { HeadObjectCommand } from "@aws-sdk/client-s3";
import type { RecoveryRequest } from "../contracts.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { show, showName } from "./show.ts";

/** "The maximum length of an object key is 1,024 bytes." */
const MOST_KEY_BYTES = 1024;
/** Longer addresses are cut; others than plain ones are quoted, since a shell would read them in its own way. */
const LONGEST_SHOWN = 200;
const PLAIN = /^[\w./=@+-]+$/;
const READABLE = /\.(jsonl|ndjson|json|csv)$/i;

/** The list of keys that the request names is there and can be read: found now, not an hour into the restore. */
export async function checkKeyList({ keysFrom }: RecoveryRequest, { aws, artifacts }: Dependencies): Promise<void> {
  if (!keysFrom || !("s3" in keysFrom)) return;
  const { key, format } = keysFrom.s3;
  if (!format && !READABLE.test(key))
    throw new InvalidRequest(
      `Field "keysFrom.s3.key" is ${show(key)}, whose ending does not tell its format: call it .jsonl, .json or .csv, or give "keysFrom.s3.format". Compressed lists are not read.`,
    );
  if (Buffer.byteLength(key) > MOST_KEY_BYTES)
    throw new InvalidRequest(
      `Field "keysFrom.s3.key" is ${show(key)}, which has ${Buffer.byteLength(key)} bytes, and the key of an object has at most ${MOST_KEY_BYTES}: correct it.`,
    );
  const address = addressOf(artifacts.bucket, key);
  try {
    const { ContentLength } = await aws.s3.send(new HeadObjectCommand({ Bucket: artifacts.bucket, Key: key }));
    if (ContentLength === 0)
      throw new InvalidRequest(
        `Field "keysFrom.s3.key" is ${show(key)}, but ${address} is empty: put the keys into it, one JSON object a line.`,
      );
  } catch (error) {
    // HEAD has no body, so the service can't say which: the bucket is ours, so it is the object that is missing.
    if (error instanceof Error && (error.name === "NotFound" || error.name === "NoSuchKey"))
      throw new InvalidRequest(
        `Field "keysFrom.s3.key" is ${show(key)}, but ${address} is not there: upload it (aws s3 cp keys.jsonl ${address}), or correct the name.`,
        { cause: error },
      );
    throw error;
  }
}

/** As it stands in messages and in the commands that they offer. */
function addressOf(bucket: string, key: string): string {
  const address = `s3://${bucket}/${key}`;
  if (key.length > LONGEST_SHOWN) return show(address);
  return PLAIN.test(key) ? address : `'${showName(address).replaceAll("'", String.raw`'\''`)}'`;
}
