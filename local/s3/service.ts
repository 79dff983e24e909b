import { type ApiRequest, type ApiResponse, type Authorizer, NotInPocketAwsError, type Service } from "../service.ts";
import type { Bucket } from "./bucket.ts";
import {
  createBucket,
  deleteBucket,
  deleteBucketPolicy,
  getBucketLocation,
  getBucketPolicy,
  getBucketVersioning,
  headBucket,
  listBuckets,
  putBucketPolicy,
  putBucketVersioning,
  settingOperations,
} from "./bucket-operations.ts";
import { listObjectsV2, listObjectVersions } from "./list-operations.ts";
import { deleteObject, deleteObjects, getObject, putObject } from "./object-operations.ts";
import { RequestCounts, type S3Requests } from "./request-counts.ts";
import { targetOf } from "./request-target.ts";
import { S3Call, type S3Operation } from "./s3-call.ts";

const OBJECT_OPERATIONS: Readonly<Record<string, S3Operation>> = {
  "PUT ": putObject,
  "GET ": getObject,
  "HEAD ": getObject,
  "DELETE ": deleteObject,
};

const BUCKET_OPERATIONS: Readonly<Record<string, S3Operation>> = {
  "PUT ": createBucket,
  "HEAD ": headBucket,
  "DELETE ": deleteBucket,
  "GET ": listObjectsV2,
  "GET versions": listObjectVersions,
  "POST delete": deleteObjects,
  "GET location": getBucketLocation,
  "PUT versioning": putBucketVersioning,
  "GET versioning": getBucketVersioning,
  "PUT policy": putBucketPolicy,
  "GET policy": getBucketPolicy,
  "DELETE policy": deleteBucketPolicy,
  ...settingOperations,
};

export interface S3Options {
  readonly authorizer: Authorizer;
  readonly now?: () => number;
}

/** S3 with path-style addresses; objects live in memory. */
export class S3Service implements Service {
  readonly signingName = "s3";
  readonly #buckets = new Map<string, Bucket>();
  readonly #authorizer: Authorizer;
  readonly #now: () => number;
  readonly #counts = new RequestCounts();

  constructor({ authorizer, now = Date.now }: S3Options) {
    this.#authorizer = authorizer;
    this.#now = now;
  }

  /** Requests so far by the principal that sent them, as S3 prices them. */
  get statistics(): Readonly<Record<string, Readonly<S3Requests>>> {
    return this.#counts.snapshot();
  }

  /** Throws unless the sender of this request may do something to the object that it names. */
  authorizeObject(request: ApiRequest, action: string): void {
    this.#callFor(request).objectFor(action);
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const call = this.#callFor(request);
    const { target } = call;
    const wanted = `${request.method} ${target.subresource}`;
    this.#counts.count(request.caller.principalArn, wanted, target.key !== "");
    if (target.bucket === "" && wanted === "GET ") return listBuckets(call);
    const operations = target.key === "" ? BUCKET_OPERATIONS : OBJECT_OPERATIONS;
    const operation = Object.hasOwn(operations, wanted) ? operations[wanted] : undefined;
    if (operation === undefined || target.bucket === "") {
      throw new NotInPocketAwsError(`the S3 operation ${wanted} of ${target.key === "" ? "a bucket" : "an object"}`);
    }
    return operation(call);
  }

  #callFor(request: ApiRequest): S3Call {
    return new S3Call(request, targetOf(request), this.#buckets, new Date(this.#now()), this.#authorizer);
  }
}
