import { s3XmlResponse } from "../protocols/s3-xml.ts";
import { type ApiResponse, AwsError, NotInPocketAwsError } from "../service.ts";
import type { StoredObject } from "./bucket.ts";
import { compareKeys } from "./key-order.ts";
import type { S3Call } from "./s3-call.ts";

const MAX_KEYS = 1000;

interface Listing {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly encode: (text: string) => string;
  readonly encodingType: string | undefined;
  readonly context: Record<string, string>;
}

function listingOf({ request: { query } }: S3Call): Listing {
  const [prefix, delimiter, maxKeys] = [query.get("prefix"), query.get("delimiter"), query.get("max-keys")];
  const asked = Number(maxKeys ?? MAX_KEYS);
  if (!Number.isInteger(asked) || asked < 0) throw new AwsError("InvalidArgument", `max-keys ${maxKeys} is not valid.`);
  const encodingType = query.get("encoding-type") ?? undefined;
  return {
    prefix: prefix ?? "",
    delimiter: delimiter ?? "",
    maxKeys: Math.min(asked, MAX_KEYS),
    encodingType,
    encode: encodingType === "url" ? encodeURIComponent : (text) => text,
    context: {
      ...(prefix === null ? {} : { "s3:prefix": prefix }),
      ...(delimiter === null ? {} : { "s3:delimiter": delimiter }),
      ...(maxKeys === null ? {} : { "s3:max-keys": maxKeys }),
    },
  };
}

export function listObjectsV2(call: S3Call): ApiResponse {
  const { query } = call.request;
  if (query.get("list-type") !== "2") throw new NotInPocketAwsError("ListObjects (version 1): use ListObjectsV2");
  const { prefix, delimiter, maxKeys, encode, encodingType, context } = listingOf(call);
  const bucket = call.bucketFor("ListBucket", context);
  const token = query.get("continuation-token") ?? undefined;
  const after = token === undefined ? undefined : Buffer.from(token, "base64url").toString("utf8");
  const startAfter = query.get("start-after") ?? "";

  // Entries are keys and, below a delimiter, common prefixes; both count, and a page may end on either.
  const page: (StoredObject | string)[] = [];
  let last = "";
  let more = false;
  for (const key of bucket.keys()) {
    if (!key.startsWith(prefix) || (startAfter !== "" && compareKeys(key, startAfter) <= 0)) continue;
    const current = bucket.find(key);
    if (current === undefined || current.isDeleteMarker) continue;
    const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const entry = cut < 0 ? key : key.slice(0, cut + delimiter.length);
    if (entry === last || (after !== undefined && compareKeys(entry, after) <= 0)) continue;
    if (page.length === maxKeys) {
      more = maxKeys > 0;
      break;
    }
    page.push(cut < 0 ? current : entry);
    last = entry;
  }
  return s3XmlResponse("ListBucketResult", {
    Name: bucket.name,
    Prefix: encode(prefix),
    Delimiter: delimiter === "" ? undefined : encode(delimiter),
    EncodingType: encodingType,
    MaxKeys: maxKeys,
    KeyCount: page.length,
    IsTruncated: more,
    ContinuationToken: token,
    NextContinuationToken: more ? Buffer.from(last).toString("base64url") : undefined,
    StartAfter: startAfter === "" ? undefined : encode(startAfter),
    Contents: page.filter((entry) => typeof entry !== "string").map((object) => contentXml(object, encode)),
    CommonPrefixes: page.filter((entry) => typeof entry === "string").map((one) => ({ Prefix: encode(one) })),
  });
}

export function listObjectVersions(call: S3Call): ApiResponse {
  const { query } = call.request;
  const { prefix, delimiter, maxKeys, encode, encodingType, context } = listingOf(call);
  if (delimiter !== "") throw new NotInPocketAwsError("the delimiter of ListObjectVersions");
  const bucket = call.bucketFor("ListBucketVersions", context);
  const [keyMarker, versionMarker] = [query.get("key-marker") ?? "", query.get("version-id-marker") ?? ""];
  const all = bucket
    .keys()
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) => bucket.versionsOf(key));
  const marked = all.findIndex(({ key, versionId }) => key === keyMarker && versionId === versionMarker);
  const after = all.findIndex(({ key }) => compareKeys(key, keyMarker) > 0);
  const from = marked >= 0 ? marked + 1 : after >= 0 ? after : all.length;
  const page = all.slice(from, from + maxKeys);
  const next = from + maxKeys < all.length ? page.at(-1) : undefined;
  const xml = (object: StoredObject) => ({
    VersionId: object.versionId,
    IsLatest: bucket.find(object.key) === object,
    ...(object.isDeleteMarker
      ? { Key: encode(object.key), LastModified: object.modifiedAt }
      : contentXml(object, encode)),
  });
  return s3XmlResponse("ListVersionsResult", {
    Name: bucket.name,
    Prefix: encode(prefix),
    EncodingType: encodingType,
    KeyMarker: encode(keyMarker),
    VersionIdMarker: versionMarker,
    MaxKeys: maxKeys,
    IsTruncated: next !== undefined,
    NextKeyMarker: next === undefined ? undefined : encode(next.key),
    NextVersionIdMarker: next?.versionId,
    Version: page.filter(({ isDeleteMarker }) => !isDeleteMarker).map(xml),
    DeleteMarker: page.filter(({ isDeleteMarker }) => isDeleteMarker).map(xml),
  });
}

function contentXml({ key, modifiedAt, etag, body }: StoredObject, encode: (text: string) => string) {
  return { Key: encode(key), LastModified: modifiedAt, ETag: etag, Size: body.length, StorageClass: "STANDARD" };
}
