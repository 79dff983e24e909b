import { type AuthorizationRequest, AwsError } from "../service.ts";
import type { Evaluation } from "./evaluate.ts";

/** What each service calls a refusal, and its HTTP status; the JSON services say AccessDeniedException. */
const CODES: Readonly<Record<string, readonly [code: string, status: number]>> = {
  iam: ["AccessDenied", 403],
  lambda: ["AccessDeniedException", 403],
  s3: ["AccessDenied", 403],
  sns: ["AuthorizationError", 403],
  sts: ["AccessDenied", 403],
};

/** The refusal as AWS words it. */
export function accessDenied(request: AuthorizationRequest, { decision, by }: Evaluation): AwsError {
  const { caller, action, resource } = request;
  const [code, status] = CODES[action.split(":", 1)[0] ?? ""] ?? ["AccessDeniedException", 400];
  const why =
    decision === "explicitDeny"
      ? `with an explicit deny in ${by?.source === "resource" ? "a resource-based policy" : "an identity-based policy"}`
      : action === "sts:AssumeRole"
        ? "because neither the role's trust policy nor an identity-based policy allows it"
        : `because no identity-based policy allows the ${action} action`;
  return new AwsError(
    code,
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`,
    status,
  );
}
