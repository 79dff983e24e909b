import { mkdirSync, writeFileSync } from "node:fs";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { DescribeRuleCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { GetRolePolicyCommand, IAMClient, ListAttachedRolePoliciesCommand } from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DescribeStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { GetTopicAttributesCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PocketAws, startPocketAws } from "../../../local/pocket-aws.ts";
import { codeDirectory } from "../../support/lambda-code.ts";

let aws: PocketAws;
beforeAll(async () => {
  aws = await startPocketAws();
});
afterAll(async () => {
  expect(aws.faults).toBe(0);
  await aws.close();
});

let stacks = 0;

/** Deploys resources as a stack of its own; every Ref and attribute that is of interest goes out as an output. */
async function deploy(template: object, options: { parameters?: Record<string, string>; assets?: string } = {}) {
  stacks += 1;
  return aws.deploy({
    template,
    stackName: `Stack${stacks}`,
    assetsDirectory: options.assets ?? "",
    ...(options.parameters ? { parameters: options.parameters } : {}),
  });
}

const trust = (service: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
});

describe("resources", () => {
  test("a table with everything that it can have", async () => {
    const { outputs } = await deploy({
      Resources: {
        Table: {
          Type: "AWS::DynamoDB::Table",
          Properties: {
            TableName: "with-everything",
            KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
            AttributeDefinitions: [
              { AttributeName: "pk", AttributeType: "S" },
              { AttributeName: "gsi", AttributeType: "N" },
            ],
            GlobalSecondaryIndexes: [
              {
                IndexName: "byNumber",
                KeySchema: [{ AttributeName: "gsi", KeyType: "HASH" }],
                Projection: { ProjectionType: "ALL" },
              },
            ],
            BillingMode: "PAY_PER_REQUEST",
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            SSESpecification: { SSEEnabled: true },
            StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
            TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
            Tags: [{ Key: "a", Value: "b" }],
          },
          DeletionPolicy: "Retain",
          UpdateReplacePolicy: "Retain",
          Metadata: { "aws:cdk:path": "x" },
        },
      },
      Outputs: { Name: { Value: { Ref: "Table" } }, Arn: { Value: { "Fn::GetAtt": ["Table", "Arn"] } } },
    });

    const client = new DynamoDBClient(aws.clientConfig());
    const input = { TableName: "with-everything" };
    const { Table } = await client.send(new DescribeTableCommand(input));
    const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand(input));
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand(input));
    expect(outputs).toEqual({ Name: "with-everything", Arn: Table?.TableArn });
    expect(Table).toMatchObject({
      DeletionProtectionEnabled: true,
      BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      GlobalSecondaryIndexes: [{ IndexName: "byNumber" }],
    });
    expect(ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe("ENABLED");
    expect(TimeToLiveDescription).toEqual({ AttributeName: "expires", TimeToLiveStatus: "ENABLED" });
  });

  test("a bucket with encryption, versions, lifecycle and a policy", async () => {
    const { outputs } = await deploy({
      Resources: {
        Policy: {
          Type: "AWS::S3::BucketPolicy",
          Properties: {
            Bucket: { Ref: "Bucket" },
            PolicyDocument: {
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Deny",
                  Principal: { AWS: "*" },
                  Action: "s3:*",
                  Resource: [{ "Fn::GetAtt": ["Bucket", "Arn"] }],
                  Condition: { Bool: { "aws:SecureTransport": "false" } },
                },
              ],
            },
          },
        },
        Bucket: {
          Type: "AWS::S3::Bucket",
          Properties: {
            BucketEncryption: {
              ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
            },
            VersioningConfiguration: { Status: "Enabled" },
            PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true },
            OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
            LifecycleConfiguration: {
              Rules: [
                {
                  Id: "old",
                  Status: "Enabled",
                  Prefix: "recoveries/",
                  ExpirationInDays: 90,
                  NoncurrentVersionExpiration: { NoncurrentDays: 7 },
                },
                { Id: "parts", Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
              ],
            },
          },
        },
      },
      Outputs: { Name: { Value: { Ref: "Bucket" } }, Arn: { Value: { "Fn::GetAtt": "Bucket.Arn" } } },
    });

    const client = new S3Client(aws.clientConfig());
    const input = { Bucket: outputs.Name };
    expect(outputs.Name).toMatch(/^stack\d+-bucket-[0-9a-f]{12}$/);
    expect(outputs.Arn).toBe(`arn:aws:s3:::${outputs.Name}`);
    expect((await client.send(new GetBucketVersioningCommand(input))).Status).toBe("Enabled");
    expect((await client.send(new GetBucketEncryptionCommand(input))).ServerSideEncryptionConfiguration?.Rules).toEqual(
      [expect.objectContaining({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } })],
    );
    expect((await client.send(new GetBucketLifecycleConfigurationCommand(input))).Rules).toMatchObject([
      { ID: "old", Expiration: { Days: 90 }, NoncurrentVersionExpiration: { NoncurrentDays: 7 } },
      { ID: "parts", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
    ]);
    expect((await client.send(new GetBucketPolicyCommand(input))).Policy).toContain(`${outputs.Arn}`);
  });

  test("roles with inline, separate and managed policies", async () => {
    const document = (Action: string) => ({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action, Resource: "*" }],
    });
    const { outputs } = await deploy({
      Resources: {
        Inline: {
          Type: "AWS::IAM::Policy",
          Properties: { PolicyName: "separate", PolicyDocument: document("s3:GetObject"), Roles: [{ Ref: "Role" }] },
        },
        Managed: {
          Type: "AWS::IAM::ManagedPolicy",
          Properties: {
            PolicyDocument: document("sns:Publish"),
            Path: "/",
            Description: "d",
            Roles: [{ Ref: "Role" }],
          },
        },
        Detached: {
          Type: "AWS::IAM::ManagedPolicy",
          Properties: { ManagedPolicyName: "deny-writes", PolicyDocument: document("dynamodb:PutItem") },
        },
        Role: {
          Type: "AWS::IAM::Role",
          Properties: {
            AssumeRolePolicyDocument: trust("lambda.amazonaws.com"),
            Description: "d",
            Policies: [{ PolicyName: "inline", PolicyDocument: document("ssm:GetParameter") }],
            ManagedPolicyArns: [{ Ref: "Detached" }],
          },
        },
      },
      Outputs: {
        Role: { Value: { Ref: "Role" } },
        RoleArn: { Value: { "Fn::GetAtt": ["Role", "Arn"] } },
        Managed: { Value: { Ref: "Managed" } },
        Detached: { Value: { Ref: "Detached" } },
      },
    });

    const client = new IAMClient(aws.clientConfig());
    const RoleName = outputs.Role;
    expect(outputs.RoleArn).toBe(`arn:aws:iam::111122223333:role/${RoleName}`);
    expect(outputs.Detached).toBe("arn:aws:iam::111122223333:policy/deny-writes");
    for (const PolicyName of ["inline", "separate"])
      expect((await client.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyName).toBe(PolicyName);
    const { AttachedPolicies = [] } = await client.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    expect(AttachedPolicies.map(({ PolicyArn }) => PolicyArn).sort()).toEqual(
      [outputs.Managed, outputs.Detached].sort(),
    );
  });

  test("a function from its asset, its permission, a rule that invokes it and a state machine that calls it", async () => {
    const assets = codeDirectory({
      [`Stack${stacks + 1}.assets.json`]: JSON.stringify({
        files: {
          h: { source: { path: "asset.h" }, destinations: { here: { bucketName: "b", objectKey: "h.zip" } } },
        },
      }),
    });
    mkdirSync(`${assets}/asset.h`);
    writeFileSync(`${assets}/asset.h/index.js`, "exports.handler = async () => process.env.TABLE;");
    const { outputs } = await deploy(
      {
        Resources: {
          Function: {
            Type: "AWS::Lambda::Function",
            Properties: {
              Code: { S3Bucket: { "Fn::Sub": "cdk-assets-${AWS::AccountId}-${AWS::Region}" }, S3Key: "h.zip" },
              Handler: "index.handler",
              Runtime: "nodejs24.x",
              Role: { "Fn::GetAtt": ["Role", "Arn"] },
              Timeout: 10,
              MemorySize: 256,
              Environment: { Variables: { TABLE: { Ref: "AWS::StackName" } } },
              LoggingConfig: { LogGroup: { Ref: "Logs" } },
              TracingConfig: { Mode: "Active" },
              Architectures: ["arm64"],
            },
            DependsOn: ["Logs"],
          },
          Role: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: trust("lambda.amazonaws.com") } },
          Logs: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "/from/template", RetentionInDays: 30 } },
          Permission: {
            Type: "AWS::Lambda::Permission",
            Properties: {
              Action: "lambda:InvokeFunction",
              FunctionName: { "Fn::GetAtt": ["Function", "Arn"] },
              Principal: "events.amazonaws.com",
              SourceArn: { "Fn::GetAtt": ["Rule", "Arn"] },
            },
          },
          Rule: {
            Type: "AWS::Events::Rule",
            Properties: {
              EventPattern: { source: ["aws.states"], detail: { stateMachineArn: [{ Ref: "Machine" }] } },
              State: "ENABLED",
              Targets: [{ Id: "Target0", Arn: { "Fn::GetAtt": ["Function", "Arn"] } }],
            },
          },
          MachineRole: {
            Type: "AWS::IAM::Role",
            Properties: { AssumeRolePolicyDocument: trust("states.amazonaws.com") },
          },
          Machine: {
            Type: "AWS::StepFunctions::StateMachine",
            Properties: {
              DefinitionString: JSON.stringify({
                QueryLanguage: "JSONata",
                StartAt: "Call",
                TimeoutSeconds: 60,
                States: {
                  Call: {
                    Type: "Task",
                    Resource: "arn:aws:states:::lambda:invoke",
                    Arguments: { FunctionName: "${FunctionArn}" },
                    End: true,
                  },
                },
              }),
              DefinitionSubstitutions: { FunctionArn: { "Fn::GetAtt": ["Function", "Arn"] } },
              RoleArn: { "Fn::GetAtt": ["MachineRole", "Arn"] },
              LoggingConfiguration: {
                Level: "ALL",
                IncludeExecutionData: false,
                Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: { "Fn::GetAtt": ["Logs", "Arn"] } } }],
              },
              TracingConfiguration: { Enabled: true },
              StateMachineType: "STANDARD",
            },
          },
        },
        Outputs: {
          Function: { Value: { Ref: "Function" } },
          FunctionArn: { Value: { "Fn::GetAtt": ["Function", "Arn"] } },
          Machine: { Value: { Ref: "Machine" } },
          Rule: { Value: { Ref: "Rule" } },
        },
      },
      { assets },
    );

    const { Payload } = await new LambdaClient(aws.clientConfig()).send(
      new InvokeCommand({ FunctionName: outputs.Function }),
    );
    const { definition, loggingConfiguration } = await new SFNClient(aws.clientConfig()).send(
      new DescribeStateMachineCommand({ stateMachineArn: outputs.Machine }),
    );
    const { EventPattern } = await new EventBridgeClient(aws.clientConfig()).send(
      new DescribeRuleCommand({ Name: outputs.Rule }),
    );
    const { logGroups } = await new CloudWatchLogsClient(aws.clientConfig()).send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: "/from/template" }),
    );
    expect(Buffer.from(Payload ?? []).toString()).toBe(`"Stack${stacks}"`);
    expect(aws.services.lambda.find(outputs.Function ?? "")).toMatchObject({
      configuration: { timeoutSeconds: 10, memoryMb: 256, logGroup: "/from/template" },
      permissions: [{ principal: "events.amazonaws.com" }],
    });
    expect(JSON.parse(definition ?? "")).toMatchObject({
      States: { Call: { Arguments: { FunctionName: outputs.FunctionArn } } },
    });
    expect(loggingConfiguration).toMatchObject({ level: "ALL", includeExecutionData: false });
    expect(JSON.parse(EventPattern ?? "")).toMatchObject({ detail: { stateMachineArn: [outputs.Machine] } });
    expect(logGroups).toMatchObject([{ logGroupName: "/from/template", retentionInDays: 30 }]);
  });

  test("a queue with its policy, a schedule that fails to it, and an alarm on it", async () => {
    const { outputs } = await deploy({
      Resources: {
        Queue: { Type: "AWS::SQS::Queue", Properties: { MessageRetentionPeriod: 600, SqsManagedSseEnabled: true } },
        Policy: {
          Type: "AWS::SQS::QueuePolicy",
          Properties: {
            Queues: [{ Ref: "Queue" }],
            PolicyDocument: {
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Principal: { Service: "events.amazonaws.com" },
                  Action: "sqs:SendMessage",
                  Resource: { "Fn::GetAtt": ["Queue", "Arn"] },
                  Condition: { ArnEquals: { "aws:SourceArn": { "Fn::GetAtt": ["Rule", "Arn"] } } },
                },
              ],
            },
          },
        },
        Rule: {
          Type: "AWS::Events::Rule",
          Properties: {
            ScheduleExpression: "rate(5 minutes)",
            Targets: [
              {
                Id: "gone",
                Arn: "arn:aws:lambda:us-east-1:111122223333:function:gone",
                DeadLetterConfig: { Arn: { "Fn::GetAtt": ["Queue", "Arn"] } },
                RetryPolicy: { MaximumRetryAttempts: 3 },
              },
            ],
          },
        },
        Alarm: {
          Type: "AWS::CloudWatch::Alarm",
          Properties: {
            AlarmName: "dead-letters",
            Namespace: "AWS/SQS",
            MetricName: "ApproximateNumberOfMessagesVisible",
            Dimensions: [{ Name: "QueueName", Value: { "Fn::GetAtt": ["Queue", "QueueName"] } }],
            Statistic: "Maximum",
            Period: 60,
            EvaluationPeriods: 1,
            Threshold: 0,
            ComparisonOperator: "GreaterThanThreshold",
            TreatMissingData: "notBreaching",
          },
        },
      },
      Outputs: { Rule: { Value: { Ref: "Rule" } }, Queue: { Value: { "Fn::GetAtt": ["Queue", "Arn"] } } },
    });
    const { events, sqs, cloudWatch } = aws.services;

    events.runSchedule(outputs.Rule ?? "");
    await events.idle();

    const [message] = sqs.queue(outputs.Queue ?? "").visibleMessages();
    expect(JSON.parse(message?.body ?? "")).toMatchObject({ source: "aws.events" });
    expect(message?.attributes.ERROR_CODE).toBe("ResourceNotFoundException");
    cloudWatch.evaluateAlarms();
    expect(cloudWatch.stateOf("dead-letters")).toBe("ALARM");
  });

  test("a topic with its policy and a subscription, and a parameter", async () => {
    const { outputs } = await deploy({
      Resources: {
        Topic: { Type: "AWS::SNS::Topic", Properties: { DisplayName: "Backstitch" } },
        TopicPolicy: {
          Type: "AWS::SNS::TopicPolicy",
          Properties: {
            Topics: [{ Ref: "Topic" }],
            PolicyDocument: {
              Version: "2012-10-17",
              Statement: [
                {
                  Sid: "Own",
                  Effect: "Allow",
                  Principal: { AWS: "*" },
                  Action: "sns:Publish",
                  Resource: { Ref: "Topic" },
                },
              ],
            },
          },
        },
        Subscription: {
          Type: "AWS::SNS::Subscription",
          Properties: { TopicArn: { Ref: "Topic" }, Protocol: "email", Endpoint: "on-call@example.com" },
        },
        Parameter: {
          Type: "AWS::SSM::Parameter",
          Properties: {
            Name: "/a/b",
            Type: "String",
            Tier: "Standard",
            Description: "d",
            Value: { "Fn::Join": ["", ['{"topic":"', { Ref: "Topic" }, '"}']] },
          },
        },
        Metadata: { Type: "AWS::CDK::Metadata", Properties: { Analytics: "v2" } },
      },
      Outputs: { Topic: { Value: { Ref: "Topic" } }, Subscription: { Value: { Ref: "Subscription" } } },
    });

    const { Attributes } = await new SNSClient(aws.clientConfig()).send(
      new GetTopicAttributesCommand({ TopicArn: outputs.Topic }),
    );
    const { Parameter } = await new SSMClient(aws.clientConfig()).send(new GetParameterCommand({ Name: "/a/b" }));
    expect(Attributes?.Policy).toContain('"Sid":"Own"');
    expect(outputs.Subscription).toContain(`${outputs.Topic}:`);
    expect(Parameter?.Value).toBe(`{"topic":"${outputs.Topic}"}`);
  });
});

const parameter = (Value: unknown, more: object = {}) => ({
  Type: "AWS::SSM::Parameter",
  Properties: { Type: "String", Value },
  ...more,
});

describe("the template", () => {
  test("parameters, conditions and mappings decide what is made", async () => {
    const { outputs, physicalIds } = await deploy(
      {
        AWSTemplateFormatVersion: "2010-09-09",
        Description: "d",
        Parameters: {
          Stage: { Type: "String" },
          Retain: { Type: "Number", Default: 7 },
          BootstrapVersion: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/cdk" },
        },
        Rules: { CheckBootstrapVersion: { Assertions: [] } },
        Mappings: { ByStage: { prod: { Size: "large" } } },
        Conditions: {
          IsProd: { "Fn::Equals": [{ Ref: "Stage" }, "prod"] },
          IsTest: { "Fn::Not": [{ Condition: "IsProd" }] },
        },
        Resources: {
          Made: parameter({ "Fn::FindInMap": ["ByStage", { Ref: "Stage" }, "Size"] }, { Condition: "IsProd" }),
          NotMade: parameter("x", { Condition: "IsTest" }),
        },
        Outputs: {
          Size: { Value: { "Fn::GetAtt": ["Made", "Value"] }, Export: { Name: "size" } },
          Retain: { Value: { Ref: "Retain" } },
          Never: { Value: { Ref: "NotMade" }, Condition: "IsTest" },
        },
      },
      { parameters: { Stage: "prod" } },
    );

    expect(outputs).toEqual({ Size: "large", Retain: "7" });
    expect([...physicalIds.keys()]).toEqual(["Made"]);
  });

  test("resources wait for what they refer to and for DependsOn, in whatever order they stand", async () => {
    const { outputs } = await deploy({
      Resources: {
        Third: parameter({ "Fn::Sub": "${Second.Value}3" }, { DependsOn: "First" }),
        Second: parameter({ "Fn::Join": ["", [{ "Fn::GetAtt": ["First", "Value"] }, "2"]] }),
        First: parameter("1"),
      },
      Outputs: { Value: { Value: { "Fn::GetAtt": ["Third", "Value"] } } },
    });

    expect(outputs).toEqual({ Value: "123" });
  });

  test("the pseudo parameters are this account's", async () => {
    const { outputs } = await deploy({
      Resources: { P: parameter("x") },
      Outputs: {
        All: {
          Value: {
            "Fn::Sub": "${AWS::Partition} ${AWS::AccountId} ${AWS::Region} ${AWS::URLSuffix} ${AWS::StackName}",
          },
        },
        Id: { Value: { Ref: "AWS::StackId" } },
      },
    });

    expect(outputs.All).toBe(`aws 111122223333 us-east-1 amazonaws.com Stack${stacks}`);
    expect(outputs.Id).toMatch(/^arn:aws:cloudformation:us-east-1:111122223333:stack\/Stack\d+\//);
  });
});

describe("refusals", () => {
  test("a stack of the same name, since updates are not known", async () => {
    const source = { template: { Resources: { P: parameter("x") } }, stackName: "Twice", assetsDirectory: "" };
    await aws.deploy(source);

    await expect(aws.deploy(source)).rejects.toThrow("updates of a stack: Twice is deployed already");
  });

  test.each<[string, object, string]>([
    [
      "an unknown resource type",
      { Resources: { Q: { Type: "AWS::Kinesis::Stream" } } },
      "the resource type AWS::Kinesis::Stream of Q",
    ],
    ["an unknown section", { Resources: {}, Transform: "AWS::Serverless" }, "Transform"],
    ["an unknown rule", { Resources: {}, Rules: { Mine: {} } }, "the template rule Mine"],
    ["an unknown resource attribute", { Resources: { P: parameter("x", { CreationPolicy: {} }) } }, "CreationPolicy"],
    [
      "an unknown property",
      { Resources: { P: parameter("x", { Properties: { Type: "String", Value: "x", Policies: "[]" } }) } },
      "Policies of P (AWS::SSM::Parameter)",
    ],
    [
      "an unknown nested property",
      {
        Resources: {
          B: {
            Type: "AWS::S3::Bucket",
            Properties: { LifecycleConfiguration: { Rules: [{ Status: "Enabled", TagFilters: [] }] } },
          },
        },
      },
      "LifecycleConfiguration.Rules.0.TagFilters of B (AWS::S3::Bucket)",
    ],
    [
      "a wrong value",
      { Resources: { P: parameter(["x"]) } },
      "P (AWS::SSM::Parameter) is not as the pocket AWS takes it",
    ],
    [
      "another runtime",
      { Resources: { F: { Type: "AWS::Lambda::Function", Properties: { Runtime: "nodejs22.x" } } } },
      "Runtime",
    ],
    [
      "an unknown attribute",
      { Resources: { P: parameter("x"), Q: parameter({ "Fn::GetAtt": ["P", "Arn"] }) } },
      "the attribute Arn of P",
    ],
    ["an unknown function", { Resources: { P: parameter({ "Fn::ImportValue": "x" }) } }, "Fn::ImportValue"],
    [
      "a name that is not there",
      { Resources: { P: parameter({ Ref: "Nobody" }) } },
      "Nobody is referred to and is not in the stack",
    ],
    [
      "a dependency that is not there",
      { Resources: { P: parameter("x", { DependsOn: ["Nobody"] }) } },
      "P depends on Nobody",
    ],
    [
      "a circle",
      { Resources: { P: parameter({ Ref: "Q" }), Q: parameter({ Ref: "P" }) } },
      "Circular dependency: P → Q → P",
    ],
    [
      "a parameter without a value",
      { Parameters: { A: { Type: "String" } }, Resources: { P: parameter({ Ref: "A" }) } },
      "The parameter A needs a value",
    ],
    [
      "a parameter that is looked up in an account",
      {
        Parameters: { A: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/a" } },
        Resources: { P: parameter({ Ref: "A" }) },
      },
      "parameters of type AWS::SSM::Parameter::Value<String>, such as A",
    ],
    ["a condition that is not there", { Resources: { P: parameter("x", { Condition: "Nope" }) } }, "no condition Nope"],
    [
      "an asset that is not there",
      {
        Resources: {
          F: {
            Type: "AWS::Lambda::Function",
            Properties: {
              Code: { S3Bucket: "b", S3Key: "gone.zip" },
              Handler: "i.h",
              Runtime: "nodejs24.x",
              Role: "r",
            },
          },
        },
      },
      "There is no asset gone.zip",
    ],
    [
      "what its service refuses",
      {
        Resources: {
          Bad: {
            Type: "AWS::IAM::Policy",
            Properties: { PolicyName: "p", PolicyDocument: { Statement: [] }, Roles: ["nobody"] },
          },
        },
      },
      "Bad (AWS::IAM::Policy) could not be created: ",
    ],
  ])("%s", async (_, template, message) => {
    await expect(deploy(template)).rejects.toThrow(message);
  });

  test("a value for a parameter that the template does not have", async () => {
    await expect(deploy({ Resources: {} }, { parameters: { Stage: "x" } })).rejects.toThrow("no parameter Stage");
  });
});
