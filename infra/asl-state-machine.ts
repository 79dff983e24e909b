import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ArnFormat, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import { assertPlaceholders } from "../statemachines/render.ts";
import { NO_RESOURCE, type Permission } from "./permissions/permission.ts";
import { RolePolicy } from "./role-policy.ts";

/** There is no `timeout` here on purpose: CDK drops it for definitions that come as text. It stands in the file. */
export interface AslStateMachineProps {
  readonly name: string;
  /** `statemachines/<file>.asl.json` */
  readonly file: string;
  /** `SummarizePlan` gives `${SummarizePlanFunctionArn}`. */
  readonly functions: Readonly<Record<string, IFunction>>;
  /** Any other placeholder. @default none */
  readonly values?: Readonly<Record<string, string>>;
  /** What the machine does itself, beside invoking its functions. @default nothing */
  readonly permissions?: readonly Permission[];
  readonly logRetention: RetentionDays;
}

/** A state machine from its file, with exactly the placeholders that the file asks for and exactly those functions. */
export class AslStateMachine extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: AslStateMachineProps) {
    super(scope, id);
    const definition = readFileSync(
      fileURLToPath(new URL(`../statemachines/${props.file}.asl.json`, import.meta.url)),
      "utf8",
    );
    const substitutions = {
      ...Object.fromEntries(
        Object.entries(props.functions).map(([name, { functionArn }]) => [`${name}FunctionArn`, functionArn]),
      ),
      ...props.values,
    };
    assertPlaceholders(definition, Object.keys(substitutions));
    const logGroup = new LogGroup(this, "Logs", {
      // Names that begin like this need no resource policy of their own, which an account has only ten of.
      logGroupName: `/aws/vendedlogs/states/${props.name}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, "Role", {
      roleName: props.name,
      assumedBy: new ServicePrincipal("states.amazonaws.com"),
    });
    const policy = new RolePolicy(this, "Access", role, [
      {
        reason: "Invokes the functions of its states.",
        actions: ["lambda:InvokeFunction"],
        resources: Object.values(props.functions).map(({ functionArn }) => functionArn),
      },
      ...(props.permissions ?? []),
      ...LOGS_AND_TRACES,
    ]);
    this.stateMachine = new StateMachine(this, "StateMachine", {
      stateMachineName: props.name,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: substitutions,
      role: role.withoutPolicyUpdates(),
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
      tracingEnabled: true,
    });
    this.stateMachine.node.addDependency(policy);
    if (definition.includes('"DISTRIBUTED"')) this.#mayRunMaps(role, props.name);
  }

  /** Children of a map are executions of the machine itself. A policy of its own: in the first one it would be a circle. */
  #mayRunMaps(role: Role, name: string): void {
    const executions = Stack.of(this).formatArn({
      service: "states",
      resource: "execution",
      resourceName: name,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    new RolePolicy(this, "MapAccess", role, [
      {
        reason: "Starts the children of its maps.",
        actions: ["states:StartExecution"],
        resources: [this.stateMachine.stateMachineArn],
      },
      {
        reason: "Follows, stops and redrives the children of its maps.",
        actions: ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"],
        resources: [`${executions}:*`, `${executions}/*`],
        wildcard: "Step Functions names the children of a map itself.",
      },
    ]);
  }
}

/** What Step Functions itself needs for its logs and traces. */
const LOGS_AND_TRACES: readonly Permission[] = [
  {
    reason: "Delivers the log of the machine.",
    actions: [
      "logs:CreateLogDelivery",
      "logs:GetLogDelivery",
      "logs:UpdateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:DescribeResourcePolicies",
      "logs:DescribeLogGroups",
    ],
    resources: ["*"],
    wildcard: NO_RESOURCE,
  },
  {
    reason: "Sends its traces.",
    actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"],
    resources: ["*"],
    wildcard: NO_RESOURCE,
  },
];
