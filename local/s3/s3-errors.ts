import { AwsError } from "../service.ts";

/** The bucket is not there. */
export function noSuchBucket(name: string): AwsError {
  return new AwsError("NoSuchBucket", `The specified bucket does not exist: ${name}.`, 404);
}

/** The object, or this version of it, is not there. */
export function noSuchKey(key: string, versionId?: string): AwsError {
  return versionId === undefined
    ? new AwsError("NoSuchKey", `The specified key does not exist: ${key}.`, 404)
    : new AwsError("NoSuchVersion", `The version ${versionId} of ${key} does not exist.`, 404);
}

/** A condition of the request (If-Match, If-None-Match) does not hold. */
export function preconditionFailed(condition: string): AwsError {
  return new AwsError(
    "PreconditionFailed",
    `At least one of the pre-conditions you specified did not hold: ${condition}.`,
    412,
  );
}
