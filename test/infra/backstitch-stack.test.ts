import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { contracts } from "../../functions/contracts.ts";
import { WRITE_ACTIONS } from "../../functions/read-only/write-actions.ts";
import { readEnvironment } from "../../functions/runtime/environment.ts";
import { STEP_SETTINGS } from "../../infra/step-settings.ts";
import { eventPattern } from "../../local/eventbridge/event-pattern.ts";
import { actionsOn, deployedTemplate, statementsOf } from "./template.ts";

const template = deployedTemplate();
const LIVE = ":table/orders";
const RESTORED = ":table/backstitch-*-before";

describe("what is kept", () => {
  test("the recoveries table survives deletes, has PITR and is read by its two keys", () => {
    template.hasResource("AWS::DynamoDB::Table", {
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        KeySchema: [
          { AttributeName: "recoveryId", KeyType: "HASH" },
          { AttributeName: "record", KeyType: "RANGE" },
        ],
      },
    });
  });

  test("the bucket is encrypted, private, versioned and survives a delete of the stack", () => {
    template.hasResource("AWS::S3::Bucket", {
      DeletionPolicy: "Retain",
      Properties: {
        BucketEncryption: Match.anyValue(),
        VersioningConfiguration: { Status: "Enabled" },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
  });

  test("plans and journals expire, their old versions too", () => {
    template.hasResourceProperties("AWS::S3::Bucket", {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          Match.objectLike({
            Prefix: "recoveries/",
            ExpirationInDays: 90,
            NoncurrentVersionExpiration: { NoncurrentDays: 90 },
          }),
        ]),
      },
    });
  });

  test("neither the bucket nor the topic nor the queue is reached without TLS", () => {
    const denied = { Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } };

    for (const type of ["AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"])
      template.hasResourceProperties(type, {
        PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(denied)]) },
      });
  });

  test("every log group has a retention", () => {
    const groups = Object.values(template.findResources("AWS::Logs::LogGroup"));

    expect(groups).toHaveLength(Object.keys(STEP_SETTINGS).length + 1);
    for (const { Properties } of groups) expect(Properties.RetentionInDays).toBe(180);
  });
});

describe("the guards", () => {
  test("the deny policy denies every write action to the table, and is attached to nobody", () => {
    template.hasResourceProperties("AWS::IAM::ManagedPolicy", {
      ManagedPolicyName: "backstitch-deny-orders",
      Roles: Match.absent(),
      PolicyDocument: { Statement: [Match.objectLike({ Effect: "Deny", Action: [...WRITE_ACTIONS].sort() })] },
    });
  });

  test.each(["ActivateReadOnly", "LiftReadOnly"])("%s attaches and detaches the deny policies alone", (step) => {
    const statements = statementsOf(template, nameOf(step)).filter(({ Action }) =>
      [Action].flat().some((action) => action.startsWith("iam:Attach") || action.startsWith("iam:Detach")),
    );

    expect(statements).toHaveLength(1);
    expect(statements[0]?.Condition).toEqual({
      ArnEquals: { "iam:PolicyARN": [policyArn("backstitch-deny-orders")] },
    });
  });

  test.each(["iam-deny", "table-policy"])("the probe role of %s may do nothing but update an item", (guard) => {
    const statements = statementsOf(template, `backstitch-probe-${guard}`);

    expect(statements.flatMap(({ Action }) => Action)).toEqual(["dynamodb:UpdateItem"]);
    expect(actionsOn(statements, LIVE)).toEqual(["dynamodb:UpdateItem"]);
  });

  test("only the steps that prove a freeze may become a probe role", () => {
    const roles = template.findResources("AWS::IAM::Role", {
      Properties: { RoleName: Match.stringLikeRegexp("^backstitch-probe-") },
    });
    const trusted = Object.values(roles).map(({ Properties }) =>
      JSON.stringify(
        Properties.AssumeRolePolicyDocument.Statement.map(({ Principal }: { Principal: unknown }) => Principal),
      ),
    );

    expect(trusted).toHaveLength(2);
    for (const principals of trusted) {
      expect(principals).toContain("FunctionsActivateReadOnlyRole");
      expect(principals).toContain("FunctionsVerifyReadOnlyRole");
      expect(principals.match(/Fn::GetAtt/g)).toHaveLength(2);
    }
  });
});

describe("roles", () => {
  test.each(["RepairTrial", "ApplyPart"])("%s writes single items to the protected table, never batches", (step) => {
    const statements = statementsOf(template, nameOf(step));

    expect(actionsOn(statements, LIVE)).toEqual([
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:GetResourcePolicy",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
    ]);
    expect(actionsOn(statements, RESTORED)).toEqual([]);
  });

  test("nobody else can write items of the protected table", () => {
    const writers = Object.keys(STEP_SETTINGS).filter((step) =>
      actionsOn(statementsOf(template, nameOf(step)), LIVE).some((action) =>
        (WRITE_ACTIONS as readonly string[]).includes(action),
      ),
    );

    expect(writers.sort()).toEqual(["ApplyPart", "RepairTrial"]);
  });

  test("StartRestore may write what it restores, and nothing that is live", () => {
    const statements = statementsOf(template, nameOf("StartRestore"));

    expect(actionsOn(statements, RESTORED)).toEqual(
      expect.arrayContaining(["dynamodb:BatchWriteItem", "dynamodb:PutItem", "dynamodb:RestoreTableToPointInTime"]),
    );
    expect(actionsOn(statements, LIVE)).toEqual([
      "dynamodb:DescribeContinuousBackups",
      "dynamodb:RestoreTableFromBackup",
      "dynamodb:RestoreTableToPointInTime",
    ]);
  });

  test("StartExport writes below exports/ of recoveries alone, and of what is there it reads the manifests alone", () => {
    const statements = statementsOf(template, nameOf("StartExport"));
    const resourcesOf = (action: string) =>
      statements
        .filter(({ Action }) => [Action].flat().includes(action))
        .map(({ Resource }) => JSON.stringify(Resource));

    expect(actionsOn(statements, LIVE)).toEqual([
      "dynamodb:DescribeContinuousBackups",
      "dynamodb:DescribeExport",
      "dynamodb:ExportTableToPointInTime",
    ]);
    expect(resourcesOf("s3:PutObject")).toEqual([expect.stringMatching(/"\/recoveries\/\*\/exports\/\*"/)]);
    expect(resourcesOf("s3:GetObject")).toEqual([
      expect.stringMatching(/"\/recoveries\/\*\/exports\/\*\/manifest-\*\.json"/),
    ]);
    const exporting = Object.keys(STEP_SETTINGS).filter((step) =>
      statementsOf(template, nameOf(step)).some(({ Action }) =>
        [Action].flat().includes("dynamodb:ExportTableToPointInTime"),
      ),
    );
    expect(exporting).toEqual(["StartExport"]);
  });

  test("the sweep and the answers take out nothing of the records but locks, the sweep its own list besides", () => {
    const taking = Object.keys(STEP_SETTINGS).flatMap((step) =>
      statementsOf(template, nameOf(step))
        .filter(
          ({ Action, Condition }) =>
            [Action].flat().includes("dynamodb:DeleteItem") && JSON.stringify(Condition)?.includes("LeadingKeys"),
        )
        .map(({ Condition }) => [step, Condition]),
    );
    const keys = (...names: string[]) => ({ "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": names } });

    expect(Object.fromEntries(taking)).toEqual({
      AnswerRecovery: keys("lock"),
      WriteReport: keys("lock"),
      Sweep: keys("watch", "lock"),
    });
  });

  test.each([
    ["OnRecoveryEnded", ["LiftReadOnly"]],
    ["Sweep", ["DeleteRestoredTables", "LiftReadOnly"]],
  ])("%s lowers guards and deletes tables through the steps that may, and calls no other", (step, called) => {
    const statements = statementsOf(template, nameOf(step));
    const invoking = statements.filter(({ Action }) => [Action].flat().includes("lambda:InvokeFunction"));
    const named = [...JSON.stringify(invoking.map(({ Resource }) => Resource)).matchAll(/:function:([\w-]+)/g)];

    expect(named.map(([, name]) => name).sort()).toEqual(called.map(nameOf));
    expect(statements.flatMap(({ Action }) => Action)).not.toContain("dynamodb:DeleteTable");
    expect(actionsOn(statements, LIVE)).toEqual([]);
  });

  test("only DeleteRestoredTables deletes tables, and only restored ones", () => {
    const deleting = Object.keys(STEP_SETTINGS).flatMap((step) =>
      statementsOf(template, nameOf(step))
        .filter(({ Action }) => [Action].flat().includes("dynamodb:DeleteTable"))
        .map(({ Resource }) => ({ step, resources: [Resource].flat() })),
    );

    expect(deleting.map(({ step }) => step)).toEqual(["DeleteRestoredTables"]);
    for (const resource of deleting[0]?.resources ?? [])
      expect(JSON.stringify(resource)).toMatch(/:table\/backstitch-\*-(before|after)"/);
  });

  test("the steps that the table policy lets through are those that write, by the names of their roles", () => {
    const { WRITING_ROLE_ARNS } = environmentOf("ActivateReadOnly");
    const names = [...JSON.stringify(WRITING_ROLE_ARNS).matchAll(/:role\/([\w-]+)/g)].map(([, name]) => name);

    expect(names).toEqual(["backstitch-repair-trial", "backstitch-apply-part", "backstitch-start-restore"]);
    for (const name of names) template.hasResourceProperties("AWS::IAM::Role", { RoleName: name });
  });

  test.each([
    "ActivateReadOnly",
    "StartRestore",
    "CheckExport",
    "AwaitApproval",
    "LiftReadOnly",
    "OnRecoveryEnded",
    "Sweep",
  ])("%s sees no images of items: it has no access to the bucket", (step) => {
    const actions = statementsOf(template, nameOf(step)).flatMap(({ Action }) => Action);

    expect(actions.filter((action) => action.startsWith("s3:"))).toEqual([]);
  });

  test("a statement on every resource has only actions that know no resource", () => {
    const everywhere = Object.values(template.findResources("AWS::IAM::Policy"))
      .flatMap(
        ({ Properties }) => Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[],
      )
      .filter(({ Resource }) => Resource === "*" || (Array.isArray(Resource) && Resource.includes("*")))
      .flatMap(({ Action }) => Action);

    expect([...new Set(everywhere)].filter((action) => !/^(xray|logs):/.test(action)).sort()).toEqual([
      "dynamodb:ListBackups",
      "iam:GetAccountSummary",
      "lambda:ListEventSourceMappings",
    ]);
  });

  test("no statement allows a whole service", () => {
    const actions = Object.values(template.findResources("AWS::IAM::Policy")).flatMap(({ Properties }) =>
      (Properties.PolicyDocument.Statement as { Action: string | string[] }[]).flatMap(({ Action }) => Action),
    );

    expect(actions.filter((action) => action.includes("*"))).toEqual([]);
  });
});

describe("functions", () => {
  test.each(Object.keys(STEP_SETTINGS))("%s has its own role, trace and an environment that it can read", (step) => {
    const { Properties } = functionOf(step);

    expect(Properties).toMatchObject({
      Runtime: "nodejs24.x",
      TracingConfig: { Mode: "Active" },
      Timeout: STEP_SETTINGS[step as keyof typeof STEP_SETTINGS].timeoutSeconds,
    });
    const asDeployed = Object.fromEntries(
      Object.entries(environmentOf(step)).map(([name, value]) => [
        name,
        typeof value === "string" ? value : "resolved",
      ]),
    );
    expect(readEnvironment(asDeployed)).toMatchObject({ FUNCTION_PREFIX: "backstitch", WRITER_TIMEOUT_SECONDS: 300 });
    expect(Object.values(asDeployed)).not.toContain("");
  });
});

describe("the state machine", () => {
  test("holds its definition in the template, logs without execution data, and traces", () => {
    template.hasResourceProperties("AWS::StepFunctions::StateMachine", {
      StateMachineName: "backstitch-recover",
      StateMachineType: "STANDARD",
      DefinitionString: Match.serializedJson(Match.objectLike({ StartAt: "Preflight", TimeoutSeconds: 604800 })),
      LoggingConfiguration: Match.objectLike({ Level: "ALL", IncludeExecutionData: false }),
      TracingConfiguration: { Enabled: true },
    });
  });

  test("may invoke its own steps and no other function", () => {
    const invoking = statementsOf(template, "backstitch-recover").filter(({ Action }) =>
      [Action].flat().includes("lambda:InvokeFunction"),
    );

    expect(invoking).toHaveLength(1);
    expect([invoking[0]?.Resource].flat()).toHaveLength(Object.keys(contracts).length);
    expect(JSON.stringify(invoking)).not.toContain("*");
  });

  test("reads the manifests of its maps, and no image of any item", () => {
    const reading = statementsOf(template, "backstitch-recover").filter(({ Action }) =>
      [Action].flat().some((action) => action.startsWith("s3:")),
    );

    expect(reading.map(({ Action }) => Action)).toEqual(["s3:GetObject"]);
    expect(JSON.stringify(reading[0]?.Resource)).toMatch(/\/recoveries\/\*\/parts\.json"/);
  });

  test("may start itself, for the children of its maps, in a policy that makes no circle", () => {
    const starting = statementsOf(template, "backstitch-recover").find(({ Action }) =>
      [Action].flat().includes("states:StartExecution"),
    );
    const [id] = Object.keys(template.findResources("AWS::StepFunctions::StateMachine"));

    expect(starting?.Resource).toEqual({ Ref: id });
  });

  test("43: tells of its failures, and not of those of the children of its maps", () => {
    const [id] = Object.keys(template.findResources("AWS::StepFunctions::StateMachine"));

    template.hasResourceProperties("AWS::Events::Rule", {
      EventPattern: {
        source: ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        detail: { status: ["FAILED", "TIMED_OUT", "ABORTED"], stateMachineArn: [{ Ref: id }] },
      },
    });

    const [rule] = Object.values(template.findResources("AWS::Events::Rule"));
    const machine = "arn:aws:states:us-east-1:111122223333:stateMachine:backstitch-recover";
    const matches = eventPattern(
      JSON.stringify(rule?.Properties.EventPattern).replace(JSON.stringify({ Ref: id }), JSON.stringify(machine)),
    );
    const failed = (stateMachineArn: string) => ({
      source: "aws.states",
      "detail-type": "Step Functions Execution Status Change",
      detail: { status: "FAILED", stateMachineArn },
    });
    expect(matches(failed(machine))).toBe(true);
    for (const label of ["PlanRepairs", "ApplyRepairs", "VerifyRepairs"])
      expect(matches(failed(`${machine}/${label}`))).toBe(false);
  });
});

describe("the watch", () => {
  const only = (type: string, props: object = {}) => {
    const [[id, resource] = [], ...others] = Object.entries(template.findResources(type, props));
    if (!id || !resource || others.length > 0) throw new Error(`The template has not one ${type}.`);
    return { id, properties: resource.Properties as Record<string, unknown> };
  };
  const queue = only("AWS::SQS::Queue");
  const queueArn = { "Fn::GetAtt": [queue.id, "Arn"] };

  test("has one encrypted queue of dead letters, which keeps them for as long as SQS can", () => {
    expect(queue.properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 24 * 3600 });
  });

  test("each rule fails to the queue after a day of tries, and may send there alone", () => {
    const rules = Object.entries(template.findResources("AWS::Events::Rule"));
    const { PolicyDocument } = only("AWS::SQS::QueuePolicy").properties as { PolicyDocument: { Statement: object[] } };
    const sending = PolicyDocument.Statement.filter(
      (statement) => (statement as { Effect: string }).Effect === "Allow",
    );

    expect(rules.map(([, { Properties }]) => Properties.ScheduleExpression)).toContain("rate(5 minutes)");
    for (const [, { Properties }] of rules)
      expect(Properties.Targets).toMatchObject([
        {
          DeadLetterConfig: { Arn: queueArn },
          RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 },
        },
      ]);
    expect(sending).toHaveLength(rules.length);
    for (const [id] of rules)
      expect(sending).toContainEqual(
        expect.objectContaining({
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Condition: { ArnEquals: { "aws:SourceArn": { "Fn::GetAtt": [id, "Arn"] } } },
        }),
      );
  });

  test.each(["OnRecoveryEnded", "Sweep"])(
    "%s is tried three times, and its role may send what it failed at",
    (step) => {
      const [functionId = ""] = Object.keys(
        template.findResources("AWS::Lambda::Function", { Properties: { FunctionName: nameOf(step) } }),
      );

      template.hasResourceProperties("AWS::Lambda::EventInvokeConfig", {
        FunctionName: { Ref: functionId },
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: queueArn } },
      });
      const sending = statementsOf(template, nameOf(step)).filter(({ Action }) => Action === "sqs:SendMessage");
      expect(sending.map(({ Resource }) => Resource)).toEqual([queueArn]);
    },
  );

  test("what goes wrong in it is told by alarms, and they alone may publish in CloudWatch's name", () => {
    const topic = { Ref: only("AWS::SNS::Topic").id };
    const alarms = Object.values(template.findResources("AWS::CloudWatch::Alarm")).map(({ Properties }) => Properties);
    const { PolicyDocument } = only("AWS::SNS::TopicPolicy").properties as { PolicyDocument: { Statement: object[] } };
    const publishing = PolicyDocument.Statement.filter((one) => (one as { Effect: string }).Effect === "Allow");

    expect(alarms.map(({ AlarmName, MetricName }) => [AlarmName, MetricName]).sort()).toEqual([
      ["backstitch-dead-letters", "ApproximateNumberOfMessagesVisible"],
      ["backstitch-on-recovery-ended-errors", "Errors"],
      ["backstitch-sweep-errors", "Errors"],
      ["backstitch-sweep-silent", "Invocations"],
    ]);
    for (const { AlarmActions } of alarms) expect(AlarmActions).toEqual([topic]);
    expect(publishing).toHaveLength(1);
    expect(publishing[0]).toMatchObject({
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
      Resource: topic,
    });
    const { ArnEquals, StringEquals } = (publishing[0] as { Condition: Record<string, Record<string, unknown>> })
      .Condition;
    expect(StringEquals).toEqual({ "aws:SourceAccount": { Ref: "AWS::AccountId" } });
    const sources = [...JSON.stringify(ArnEquals?.["aws:SourceArn"]).matchAll(/:alarm:([\w-]+)/g)];
    expect(sources.map(([, name]) => name).sort()).toEqual(alarms.map(({ AlarmName }) => AlarmName).sort());
  });

  test("its silence is an alarm: a function that is not invoked has no metric", () => {
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmName: "backstitch-sweep-silent",
      Period: 3600,
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
    });
  });
});

function nameOf(step: string): string {
  return `backstitch-${step.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}`;
}

function functionOf(step: string) {
  const [found] = Object.values(
    template.findResources("AWS::Lambda::Function", { Properties: { FunctionName: nameOf(step) } }),
  );
  if (!found) throw new Error(`The template has no function of ${step}.`);
  return found;
}

function environmentOf(step: string): Record<string, unknown> {
  return functionOf(step).Properties.Environment.Variables;
}

function policyArn(name: string) {
  return {
    "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":iam::", { Ref: "AWS::AccountId" }, `:policy/${name}`]],
  };
}
