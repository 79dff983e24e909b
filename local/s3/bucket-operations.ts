import { parsePolicyDocument } from "../iam/policy-documents.ts";
import { s3XmlResponse } from "../protocols/s3-xml.ts";
import { elementsOf, parseXml, textOf } from "../protocols/xml.ts";
import { type ApiResponse, AwsError, NotInPocketAwsError } from "../service.ts";
import { Bucket } from "./bucket.ts";
import type { S3Call, S3Operation } from "./s3-call.ts";
import { readUpload } from "./upload-body.ts";

export function listBuckets(call: S3Call): ApiResponse {
  call.authorize("ListAllMyBuckets", "*");
  const buckets = [...call.buckets.values()].map(({ name, createdAt }) => ({ Name: name, CreationDate: createdAt }));
  return s3XmlResponse("ListAllMyBucketsResult", { Buckets: { Bucket: buckets } });
}

/** The region in the body is not looked at: there is one. */
export function createBucket(call: S3Call): ApiResponse {
  const { bucket: name } = call.target;
  call.authorize("CreateBucket", `arn:aws:s3:::${name}`);
  if (call.request.headers["x-amz-bucket-object-lock-enabled"] === "true")
    throw new NotInPocketAwsError("S3 Object Lock");
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    throw new AwsError("InvalidBucketName", `The specified bucket is not valid: ${name}.`);
  }
  if (call.buckets.has(name)) {
    throw new AwsError("BucketAlreadyOwnedByYou", `The bucket ${name} exists already, and you own it.`, 409);
  }
  call.buckets.set(name, new Bucket(name, call.now));
  return { status: 200, headers: { location: `/${name}` } };
}

export function headBucket(call: S3Call): ApiResponse {
  call.bucketFor("ListBucket");
  return { status: 200 };
}

export function deleteBucket(call: S3Call): ApiResponse {
  const bucket = call.bucketFor("DeleteBucket");
  if (!bucket.isEmpty) throw new AwsError("BucketNotEmpty", `The bucket ${bucket.name} is not empty.`, 409);
  call.buckets.delete(bucket.name);
  return { status: 204 };
}

export function getBucketLocation(call: S3Call): ApiResponse {
  call.bucketFor("GetBucketLocation");
  return s3XmlResponse("LocationConstraint", "");
}

export function putBucketVersioning(call: S3Call): ApiResponse {
  const bucket = call.bucketFor("PutBucketVersioning");
  const [configuration] = elementsOf(parseXml(settingOf(call)), "VersioningConfiguration");
  const status = textOf(configuration, "Status");
  if (status !== "Enabled" && status !== "Suspended") {
    throw new AwsError("MalformedXML", `The versioning status ${status} is neither Enabled nor Suspended.`);
  }
  bucket.versioning = status;
  return { status: 200 };
}

export function getBucketVersioning(call: S3Call): ApiResponse {
  return s3XmlResponse("VersioningConfiguration", { Status: call.bucketFor("GetBucketVersioning").versioning });
}

export function putBucketPolicy(call: S3Call): ApiResponse {
  const bucket = call.bucketFor("PutBucketPolicy");
  const text = settingOf(call);
  try {
    bucket.policy = { text, document: parsePolicyDocument(text, "resource") };
  } catch (error) {
    if (error instanceof AwsError && error.code === "MalformedPolicyDocument") {
      throw new AwsError("MalformedPolicy", error.message);
    }
    throw error;
  }
  return { status: 204 };
}

export function getBucketPolicy(call: S3Call): ApiResponse {
  const { policy } = call.bucketFor("GetBucketPolicy");
  if (policy === undefined) throw new AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", 404);
  return { status: 200, headers: { "content-type": "application/json" }, body: policy.text };
}

export function deleteBucketPolicy(call: S3Call): ApiResponse {
  call.bucketFor("DeleteBucketPolicy").policy = undefined;
  return { status: 204 };
}

interface Setting {
  /** The middle of its IAM actions: `Get<name>`, `Put<name>`. */
  readonly action: string;
  /** What GET answers while it has not been set. */
  readonly unset: AwsError | string;
}

/**
 * Settings that are kept and given back. None of them changes what the pocket AWS does: everything in it is gone when
 * the process ends, before a lifecycle rule could apply; nothing is public, and memory is not encrypted.
 */
const SETTINGS: Readonly<Record<string, Setting>> = {
  encryption: {
    action: "EncryptionConfiguration",
    unset:
      "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
  },
  lifecycle: { action: "LifecycleConfiguration", unset: notSet("NoSuchLifecycleConfiguration") },
  ownershipControls: { action: "BucketOwnershipControls", unset: notSet("OwnershipControlsNotFoundError") },
  publicAccessBlock: { action: "BucketPublicAccessBlock", unset: notSet("NoSuchPublicAccessBlockConfiguration") },
  tagging: { action: "BucketTagging", unset: notSet("NoSuchTagSet") },
};

/** PUT, GET and DELETE of the settings, by `<method> <sub-resource>`. */
export const settingOperations: Readonly<Record<string, S3Operation>> = Object.fromEntries(
  Object.entries(SETTINGS).flatMap(([name, { action, unset }]): [string, S3Operation][] => [
    [
      `PUT ${name}`,
      (call) => {
        const bucket = call.bucketFor(`Put${action}`);
        const text = settingOf(call);
        if (name === "encryption" && text.includes("aws:kms"))
          throw new NotInPocketAwsError("KMS encryption of a bucket");
        bucket.settings.set(name, text);
        return { status: 200 };
      },
    ],
    [
      `GET ${name}`,
      (call) => {
        const body = call.bucketFor(`Get${action}`).settings.get(name) ?? unset;
        if (body instanceof AwsError) throw body;
        return { status: 200, headers: { "content-type": "application/xml" }, body };
      },
    ],
    [
      `DELETE ${name}`,
      (call) => {
        call.bucketFor(`Put${action}`).settings.delete(name);
        return { status: 204 };
      },
    ],
  ]),
);

function notSet(code: string): AwsError {
  return new AwsError(code, "The bucket has no such configuration.", 404);
}

function settingOf(call: S3Call): string {
  return readUpload(call.request).body.toString("utf8");
}
