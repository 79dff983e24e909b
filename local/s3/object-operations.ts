import { createHash } from "node:crypto";
import { s3XmlResponse } from "../protocols/s3-xml.ts";
import { elementsOf, parseXml, textOf, type XmlValue } from "../protocols/xml.ts";
import { type ApiRequest, type ApiResponse, AwsError, NotInPocketAwsError } from "../service.ts";
import type { Bucket, StoredObject } from "./bucket.ts";
import { rangeOf } from "./byte-range.ts";
import type { S3Call } from "./s3-call.ts";
import { noSuchKey, preconditionFailed } from "./s3-errors.ts";
import { readUpload } from "./upload-body.ts";

/** "You can send up to 1000 keys in one DeleteObjects request." */
const MAX_DELETED_KEYS = 1000;
/** Headers of an upload that come back with the object. */
const KEPT_HEADERS = /^(?:content-type|cache-control|content-disposition|content-language|expires|x-amz-meta-.+)$/;

export function putObject(call: S3Call): ApiResponse {
  const { request, target, now } = call;
  const bucket = call.objectFor("PutObject");
  if (target.key.length > 0 && Buffer.byteLength(target.key) > 1024) {
    throw new AwsError("KeyTooLongError", "Your key is too long: at most 1024 bytes.");
  }
  checkWriteConditions(request, bucket.find(target.key));
  const { body, checksums } = readUpload(request);
  const headers: Record<string, string> = { "content-type": "application/octet-stream" };
  for (const [name, value] of Object.entries(request.headers)) if (KEPT_HEADERS.test(name)) headers[name] = value;
  const encoding = (request.headers["content-encoding"] ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "" && one !== "aws-chunked");
  if (encoding.length > 0) headers["content-encoding"] = encoding.join(",");
  const etag = `"${createHash("md5").update(body).digest("hex")}"`;
  const object = bucket.put({ key: target.key, body, etag, modifiedAt: now, headers: { ...headers, ...checksums } });
  return {
    status: 200,
    headers: { etag, "x-amz-server-side-encryption": "AES256", ...checksums, ...versionHeader(bucket, object) },
  };
}

function checkWriteConditions({ headers }: ApiRequest, current: StoredObject | undefined): void {
  const exists = current !== undefined && !current.isDeleteMarker;
  const [ifNoneMatch, ifMatch] = [headers["if-none-match"], headers["if-match"]];
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== "*") throw new NotInPocketAwsError("If-None-Match with an ETag on a write: only * is possible");
    if (exists) throw preconditionFailed("If-None-Match");
  }
  if (ifMatch !== undefined) {
    if (!exists) throw noSuchKey(current?.key ?? "");
    if (!sameEtag(ifMatch, current.etag)) throw preconditionFailed("If-Match");
  }
}

const sameEtag = (asked: string, etag: string): boolean =>
  asked === "*" || asked.replaceAll('"', "") === etag.slice(1, -1);

/** GetObject; HeadObject is the same, and the gateway leaves the body out. */
export function getObject(call: S3Call): ApiResponse {
  const { request, target } = call;
  const versionId = request.query.get("versionId") ?? undefined;
  const bucket =
    versionId === undefined
      ? call.objectFor("GetObject")
      : call.objectFor("GetObjectVersion", target.key, { "s3:VersionId": versionId });
  const object = bucket.find(target.key, versionId);
  if (object === undefined || object.isDeleteMarker) throw absence(call, object, versionId);

  const { headers } = request;
  for (const name of ["if-modified-since", "if-unmodified-since"]) {
    if (headers[name] !== undefined) throw new NotInPocketAwsError(`the S3 header ${name}`);
  }
  if (headers["if-match"] !== undefined && !sameEtag(headers["if-match"], object.etag))
    throw preconditionFailed("If-Match");
  const described = {
    etag: object.etag,
    "last-modified": object.modifiedAt.toUTCString(),
    ...versionHeader(bucket, object),
  };
  if (headers["if-none-match"] !== undefined && sameEtag(headers["if-none-match"], object.etag)) {
    return { status: 304, headers: described };
  }
  const range = rangeOf(headers.range, object.body.length);
  const body = range === undefined ? object.body : object.body.subarray(range.start, range.end);
  // A checksum covers the whole object: with a part of it, clients would find that it does not fit.
  const kept = Object.entries(object.headers).filter(
    ([name]) => range === undefined || !name.startsWith("x-amz-checksum"),
  );
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...Object.fromEntries(kept),
      ...described,
      "accept-ranges": "bytes",
      "content-length": String(body.length),
      "x-amz-server-side-encryption": "AES256",
      ...(range === undefined
        ? {}
        : { "content-range": `bytes ${range.start}-${range.end - 1}/${object.body.length}` }),
    },
    body,
  };
}

function absence(call: S3Call, marker: StoredObject | undefined, versionId: string | undefined): AwsError {
  call.revealAbsence();
  const { key } = call.target;
  if (marker === undefined) return noSuchKey(key, versionId);
  const details = { "x-amz-delete-marker": "true", "x-amz-version-id": marker.versionId };
  return versionId === undefined
    ? new AwsError("NoSuchKey", `The specified key does not exist: ${key}.`, 404, details)
    : new AwsError("MethodNotAllowed", "The specified method is not allowed against a delete marker.", 405, details);
}

export function deleteObject(call: S3Call): ApiResponse {
  const { request, target, now } = call;
  for (const name of ["if-match", "if-none-match"]) {
    if (request.headers[name] !== undefined) throw new NotInPocketAwsError(`the header ${name} on DeleteObject`);
  }
  const versionId = request.query.get("versionId") ?? undefined;
  const bucket = call.objectFor(versionId === undefined ? "DeleteObject" : "DeleteObjectVersion");
  const affected = bucket.delete(target.key, versionId, now);
  return {
    status: 204,
    headers: {
      ...(affected?.isDeleteMarker === true ? { "x-amz-delete-marker": "true" } : {}),
      ...(affected === undefined ? {} : versionHeader(bucket, affected)),
    },
  };
}

export function deleteObjects(call: S3Call): ApiResponse {
  const { body } = readUpload(call.request);
  const [request] = elementsOf(parseXml(body.toString("utf8")), "Delete");
  const objects = elementsOf(request, "Object");
  if (objects.length === 0 || objects.length > MAX_DELETED_KEYS) {
    throw new AwsError("MalformedXML", `DeleteObjects takes 1 to ${MAX_DELETED_KEYS} keys, not ${objects.length}.`);
  }
  const deleted: XmlValue[] = [];
  const errors: XmlValue[] = [];
  for (const object of objects) {
    const [Key = "", VersionId] = [textOf(object, "Key"), textOf(object, "VersionId")];
    try {
      const bucket = call.objectFor(VersionId === undefined ? "DeleteObject" : "DeleteObjectVersion", Key);
      const affected = bucket.delete(Key, VersionId, call.now);
      const marker = affected?.isDeleteMarker === true;
      deleted.push({
        Key,
        VersionId,
        DeleteMarker: marker || undefined,
        DeleteMarkerVersionId: marker ? affected.versionId : undefined,
      });
    } catch (error) {
      if (!(error instanceof AwsError) || error.code === "NoSuchBucket") throw error;
      errors.push({ Key, VersionId, Code: error.code, Message: error.message });
    }
  }
  return s3XmlResponse("DeleteResult", { Deleted: textOf(request, "Quiet") === "true" ? [] : deleted, Error: errors });
}

function versionHeader({ versioning }: Bucket, { versionId }: StoredObject): Record<string, string> {
  return versioning === undefined ? {} : { "x-amz-version-id": versionId };
}
