import type { AuthorizationRequest } from "../service.ts";
import { accessDenied } from "./access-denied.ts";
import { evaluate } from "./evaluate.ts";

/** An AWS service that acts for one of its resources: EventBridge for a rule, CloudWatch for an alarm. */
export interface ActingService {
  readonly service: string;
  readonly sourceArn: string;
  readonly accountId: string;
}

/** A service has no policies of its own: only the resource's policy lets it in, for the source that it acts for. */
export function authorizeServiceByPolicy(
  { service, sourceArn, accountId }: ActingService,
  { action, resource, resourcePolicy }: Pick<AuthorizationRequest, "action" | "resource" | "resourcePolicy">,
): void {
  const request: AuthorizationRequest = {
    caller: { accountId, kind: "service", arn: service, principalArn: service, accessKeyId: "" },
    action,
    resource,
    context: { "aws:SourceArn": sourceArn, "aws:SourceAccount": accountId },
  };
  const evaluation = evaluate(request, { identityPolicies: [], resourcePolicy });
  if (evaluation.decision !== "allowed") throw accessDenied(request, evaluation);
}
