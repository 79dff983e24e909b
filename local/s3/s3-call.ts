import type { ApiRequest, ApiResponse, AuthorizationRequest, Authorizer } from "../service.ts";
import type { Bucket } from "./bucket.ts";
import type { RequestTarget } from "./request-target.ts";
import { noSuchBucket } from "./s3-errors.ts";

/** One S3 operation on one target. */
export type S3Operation = (call: S3Call) => ApiResponse;

/** What an operation works on: the request, its target, the buckets, and the right to ask whether it may. */
export class S3Call {
  readonly request: ApiRequest;
  readonly target: RequestTarget;
  readonly buckets: Map<string, Bucket>;
  readonly now: Date;
  readonly #authorizer: Authorizer;

  constructor(
    request: ApiRequest,
    target: RequestTarget,
    buckets: Map<string, Bucket>,
    now: Date,
    authorizer: Authorizer,
  ) {
    this.request = request;
    this.target = target;
    this.buckets = buckets;
    this.now = now;
    this.#authorizer = authorizer;
  }

  /** Authorises on the bucket itself and returns it. */
  bucketFor(action: string, context: AuthorizationRequest["context"] = {}): Bucket {
    this.authorize(action, `arn:aws:s3:::${this.target.bucket}`, context);
    return this.#existing();
  }

  /** Authorises on an object of the bucket and returns the bucket. */
  objectFor(action: string, key = this.target.key, context: AuthorizationRequest["context"] = {}): Bucket {
    this.authorize(action, `arn:aws:s3:::${this.target.bucket}/${key}`, context);
    return this.#existing();
  }

  /** S3 tells that an object is not there only to those who may list its bucket; to the others it says AccessDenied. */
  revealAbsence(): void {
    this.authorize("ListBucket", `arn:aws:s3:::${this.target.bucket}`, { "s3:prefix": this.target.key });
  }

  authorize(action: string, resource: string, context: AuthorizationRequest["context"] = {}): void {
    this.#authorizer.authorize({
      caller: this.request.caller,
      action: `s3:${action}`,
      resource,
      context,
      resourcePolicy: this.buckets.get(this.target.bucket)?.policy?.document,
    });
  }

  #existing(): Bucket {
    const bucket = this.buckets.get(this.target.bucket);
    if (bucket === undefined) throw noSuchBucket(this.target.bucket);
    return bucket;
  }
}
