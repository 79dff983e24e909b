import { RecoveryRequest } from "../contracts.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { checkTogether } from "./check-together.ts";
import { describeIssue } from "./describe-issue.ts";
import { show } from "./show.ts";

/** More faults than this are counted, not listed: the message is read in a console. */
const MAX_FAULTS_LISTED = 5;

/** Request as the schema has it, with defaults; every fault is named with field, value and remedy. */
export function parseRequest(request: unknown): RecoveryRequest {
  if (request === null || typeof request !== "object" || Array.isArray(request))
    throw new InvalidRequest(
      `The request is ${show(request)}: it must be an object such as { "table": "orders", "badSince": "2026-11-20T02:20:00Z" }.`,
    );
  const parsed = RecoveryRequest.safeParse(request);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => describeIssue(issue, request));
    const more = faults.length - MAX_FAULTS_LISTED;
    throw new InvalidRequest(
      [...faults.slice(0, MAX_FAULTS_LISTED), ...(more > 0 ? [`And ${more} more such faults.`] : [])].join(" "),
    );
  }
  checkTogether(parsed.data);
  return parsed.data;
}
