import type { ApiRequest, ApiResponse, AwsError } from "../service.ts";
import { jsonError } from "./json.ts";
import { queryError } from "./query.ts";
import { s3XmlError } from "./s3-xml.ts";

/** Which protocol a service speaks, by its name in the credential scope; the others speak JSON. */
const QUERY_SERVICES: ReadonlySet<string> = new Set(["iam", "sts", "sns"]);

/** The answer for an error in the protocol of the service that the request was signed for. */
export function renderError(signingName: string, error: AwsError, request?: Pick<ApiRequest, "method">): ApiResponse {
  if (signingName === "s3") {
    const answer = s3XmlError(error);
    if (request?.method !== "HEAD") return answer;
    return { status: answer.status, headers: answer.headers ?? {} };
  }
  return QUERY_SERVICES.has(signingName) ? queryError(error) : jsonError(error);
}

/** What each protocol calls an access key id that nobody was given. */
export function unknownKeyCode(signingName: string): string {
  if (signingName === "s3") return "InvalidAccessKeyId";
  return QUERY_SERVICES.has(signingName) ? "InvalidClientTokenId" : "UnrecognizedClientException";
}

/** What each protocol calls a fault of the service itself. */
export function internalErrorCode(signingName: string): string {
  if (signingName === "s3") return "InternalError";
  if (signingName === "lambda") return "ServiceException";
  return QUERY_SERVICES.has(signingName) ? "ServiceFailure" : "InternalServerError";
}
