import { randomUUID } from "node:crypto";
import type { ApiResponse, AwsError } from "../service.ts";
import { type XmlValue, xmlDocument } from "./xml.ts";

export const S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** An S3 answer with an XML body. */
export function s3XmlResponse(root: string, content: XmlValue, status = 200): ApiResponse {
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: xmlDocument(root, S3_NAMESPACE, content),
  };
}

/** The answer for an error, as S3 spells it; `details` that are strings become headers (`x-amz-delete-marker`). */
export function s3XmlError(error: AwsError): ApiResponse {
  const headers = Object.entries(error.details).filter((entry): entry is [string, string] => {
    return typeof entry[1] === "string" && entry[0].startsWith("x-amz-");
  });
  return {
    status: error.status,
    headers: { "content-type": "application/xml", ...Object.fromEntries(headers) },
    body: xmlDocument("Error", undefined, { Code: error.code, Message: error.message, RequestId: randomUUID() }),
  };
}
