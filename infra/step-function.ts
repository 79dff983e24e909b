import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, type Code, Function as LambdaFunction, Runtime, Tracing } from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { NO_RESOURCE, type Permission } from "./permissions/permission.ts";
import { RolePolicy } from "./role-policy.ts";
import type { StepSettings } from "./step-settings.ts";

export interface StepFunctionProps extends StepSettings {
  /** Name of the function and of its role. */
  readonly name: string;
  readonly code: Code;
  readonly environment: Readonly<Record<string, string>>;
  readonly permissions: readonly Permission[];
  readonly logRetention: RetentionDays;
}

/** A Lambda function with a role of its own, its log group and the statements that it needs. */
export class StepFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: StepFunctionProps) {
    super(scope, id);
    const { name, code, environment, permissions, logRetention, timeoutSeconds, memoryMb } = props;
    const logGroup = new LogGroup(this, "Logs", {
      logGroupName: `/aws/lambda/${name}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, "Role", {
      roleName: name,
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    });
    const policy = new RolePolicy(this, "Access", this.role, [
      ...permissions,
      {
        reason: "Writes its own log.",
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [logGroup.logGroupArn],
      },
      {
        reason: "Sends its traces.",
        actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        resources: ["*"],
        wildcard: NO_RESOURCE,
      },
    ]);
    this.function = new LambdaFunction(this, "Function", {
      functionName: name,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code,
      role: this.role.withoutPolicyUpdates(),
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMb,
      environment: { ...environment },
      logGroup,
      tracing: Tracing.ACTIVE,
    });
    // A function that runs before its policy is there fails in ways that look like a missing permission.
    this.function.node.addDependency(policy);
  }
}
