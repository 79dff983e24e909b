import type { ExportStorage } from "../dynamodb/exports/export-storage.ts";
import { type ApiRequest, AwsError } from "../service.ts";
import type { S3Service } from "./service.ts";

/** S3 as DynamoDB writes its exports to it: each object as the caller who asked for the export. */
export function exportTarget(s3: S3Service): ExportStorage {
  return {
    authorize: (caller, action, bucket, key) =>
      asFailureCode(() => s3.authorizeObject(requestFor("GET", bucket, key, caller), action)),
    put: (caller, bucket, key, body) =>
      asFailureCode(async () => {
        const { headers } = await s3.handle({ ...requestFor("PUT", bucket, key, caller), body });
        return (headers?.etag ?? "").replaceAll('"', "");
      }),
  };
}

function requestFor(method: string, bucket: string, key: string, caller: ApiRequest["caller"]): ApiRequest {
  return {
    method,
    path: `/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`,
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.alloc(0),
    caller,
  };
}

/** In a FailureCode of DynamoDB S3's errors stand with their service: S3NoSuchBucket. */
function asFailureCode<T>(work: () => T): T {
  const renamed = (error: unknown): never => {
    throw error instanceof AwsError ? new AwsError(`S3${error.code}`, error.message, error.status) : error;
  };
  try {
    const result = work();
    return result instanceof Promise ? (result.catch(renamed) as T) : result;
  } catch (error) {
    return renamed(error);
  }
}
