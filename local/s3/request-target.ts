import { type ApiRequest, AwsError, NotInPocketAwsError } from "../service.ts";

/** What an S3 request is about: `/bucket/key`, and the sub-resource that its query names (`policy`, `versions`…). */
export interface RequestTarget {
  readonly bucket: string;
  readonly key: string;
  readonly subresource: string;
}

/** Query parameters that name what is meant rather than how. */
const SUBRESOURCES: ReadonlySet<string> = new Set([
  "delete",
  "encryption",
  "lifecycle",
  "location",
  "ownershipControls",
  "policy",
  "publicAccessBlock",
  "tagging",
  "versioning",
  "versions",
]);

/** Query parameters that some operation here reads, or that carry a presigned signature. */
const READ: ReadonlySet<string> = new Set([
  "continuation-token",
  "delimiter",
  "encoding-type",
  "fetch-owner",
  "key-marker",
  "list-type",
  "max-keys",
  "prefix",
  "start-after",
  "version-id-marker",
  "versionId",
  "x-id",
]);

/** Headers starting with x-amz- that are read, or say nothing that matters here. */
const READ_HEADERS =
  /^x-amz-(?:meta-.+|checksum-.+|content-sha256|date|security-token|user-agent|sdk-checksum-algorithm|decoded-content-length|trailer|expected-bucket-owner|server-side-encryption|bucket-object-lock-enabled)$/;

/** Takes a path-style request apart; a parameter or header that nothing here reads is an error that names it. */
export function targetOf({ path, query, headers }: ApiRequest): RequestTarget {
  const subresources: string[] = [];
  for (const name of query.keys()) {
    if (SUBRESOURCES.has(name)) subresources.push(name);
    else if (!READ.has(name) && !name.startsWith("X-Amz-")) throw new NotInPocketAwsError(`the S3 parameter ${name}`);
  }
  for (const name of Object.keys(headers)) {
    if (name.startsWith("x-amz-") && !READ_HEADERS.test(name)) throw new NotInPocketAwsError(`the S3 header ${name}`);
  }
  const encryption = headers["x-amz-server-side-encryption"] ?? "AES256";
  if (encryption !== "AES256") throw new NotInPocketAwsError(`the S3 encryption ${encryption}`);
  const [, bucket = "", key = ""] = /^\/([^/]*)(?:\/(.*))?$/s.exec(path) ?? [];
  return { bucket: decoded(bucket), key: decoded(key), subresource: subresources.sort().join("&") };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new AwsError("InvalidURI", `Couldn't parse the specified URI: ${text} (${(cause as Error).message}).`);
  }
}
