import { AwsError, type Caller, type PolicyDocument, type PolicyStatement } from "../service.ts";

/** One AWS::Lambda::Permission: who may invoke a function beside those whose own policies allow it. */
export interface Permission {
  readonly statementId: string;
  /** A service (`events.amazonaws.com`), an account id or an ARN. */
  readonly principal: string;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
}

/** The AWS service that invokes and what made it do so. */
export interface ServiceInvoker {
  readonly service: string;
  readonly sourceArn: string;
  readonly accountId: string;
}

const isService = (principal: string) => principal.endsWith(".amazonaws.com");

function matchesArn(pattern: string, arn: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(arn);
}

/** The function's resource policy as IAM evaluates it for principals of an account; undefined where it has none. */
export function resourcePolicyOf(functionArn: string, permissions: readonly Permission[]): PolicyDocument | undefined {
  const statements = permissions
    .filter(({ principal }) => !isService(principal))
    .map(({ statementId, principal, sourceArn, sourceAccount }): PolicyStatement => {
      const condition = {
        ...(sourceArn === undefined ? {} : { ArnLike: { "aws:SourceArn": sourceArn } }),
        ...(sourceAccount === undefined ? {} : { StringEquals: { "aws:SourceAccount": sourceAccount } }),
      };
      return {
        Sid: statementId,
        Effect: "Allow",
        Principal: principal === "*" ? "*" : { AWS: principal },
        Action: "lambda:InvokeFunction",
        Resource: functionArn,
        ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
      };
    });
  return statements.length > 0 ? { Version: "2012-10-17", Statement: statements } : undefined;
}

/** A service may invoke only where a permission names it, its source and its account: forgetting one fails here as on AWS. */
export function authorizeService(
  functionArn: string,
  permissions: readonly Permission[],
  invoker: ServiceInvoker,
): void {
  const allowed = permissions.some(
    ({ principal, sourceArn, sourceAccount }) =>
      principal === invoker.service &&
      (sourceArn === undefined || matchesArn(sourceArn, invoker.sourceArn)) &&
      (sourceAccount === undefined || sourceAccount === invoker.accountId),
  );
  if (!allowed)
    throw new AwsError(
      "AccessDeniedException",
      `${invoker.service} is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn} for ${invoker.sourceArn} because no resource-based policy allows the lambda:InvokeFunction action`,
      403,
    );
}

/** AWS itself, on behalf of a source in this account. */
export function serviceCaller(invoker: ServiceInvoker): Caller {
  return {
    accountId: invoker.accountId,
    kind: "service",
    arn: invoker.service,
    principalArn: invoker.service,
    accessKeyId: "",
  };
}
