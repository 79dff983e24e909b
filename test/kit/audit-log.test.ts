import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack, Validations } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Code } from "aws-cdk-lib/aws-lambda";
import { AwsSolutionsChecks } from "cdk-nag";
import { expect, it } from "vitest";
import { AuditLog, type AuditLogProps } from "../../kit/audit-log.ts";

const STREAM = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-11-20T00:00:00.000";

function stackWith(change: Partial<AuditLogProps> = {}, outdir?: string): Stack {
  const stack = new Stack(new App(outdir ? { outdir } : {}), "Audit");
  const code = Code.fromInline("exports.handler = async () => {};");
  new AuditLog(stack, "OrdersAudit", { tableName: "orders", tableStreamArn: STREAM, code, ...change });
  return stack;
}

const templateWith = (change?: Partial<AuditLogProps>) => Template.fromStack(stackWith(change));

it("keeps its records through a mistake: the stack's, a person's, its own", () => {
  templateWith().hasResource("AWS::DynamoDB::Table", {
    Properties: {
      TableName: "orders-audit",
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
    },
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
  });
});

it("is handed every record of the stream until it has written it, each failure by itself", () => {
  templateWith().hasResourceProperties("AWS::Lambda::EventSourceMapping", {
    EventSourceArn: STREAM,
    StartingPosition: "TRIM_HORIZON",
    FunctionResponseTypes: ["ReportBatchItemFailures"],
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: Match.absent(),
    MaximumRecordAgeInSeconds: Match.absent(),
  });
});

it("may write records, and neither read nor change nor delete one", () => {
  const policies = Object.values(templateWith().findResources("AWS::IAM::Policy"));
  const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const actions = statements.flatMap(({ Action }) => Action as string | string[]);

  expect(actions.filter((action) => action.startsWith("dynamodb:")).sort()).toEqual([
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "dynamodb:PutItem",
  ]);
});

it("may use the key of the table whose stream it reads, through DynamoDB alone", () => {
  const tableKeyArn = "arn:aws:kms:eu-west-1:111122223333:key/1";

  templateWith({ tableKeyArn }).hasResourceProperties("AWS::IAM::Policy", {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: "kms:Decrypt",
          Resource: tableKeyArn,
          Condition: { StringEquals: { "kms:ViaService": Match.anyValue() } },
        }),
      ]),
    },
  });
});

it("tells its function what to keep", () => {
  const environmentOf = (change?: Partial<AuditLogProps>) =>
    Object.values(templateWith(change).findResources("AWS::Lambda::Function"))[0]?.Properties.Environment.Variables;

  expect(environmentOf()).toEqual({ AUDIT_TABLE: expect.anything(), IMAGES: "false", KEEP_DAYS: "35" });
  expect(environmentOf({ images: true, writerAttribute: "writtenBy", keepDays: 90 })).toMatchObject({
    IMAGES: "true",
    WRITER_ATTRIBUTE: "writtenBy",
    KEEP_DAYS: "90",
  });
});

it("keeps records at least as long as a recovery looks back", () => {
  expect(() => stackWith({ keepDays: 34 })).toThrow(/keepDays 34: recoveries look 35 days back/);
});

it("has names that AWS takes, however long the table's is", () => {
  const [long] = Object.values(templateWith({ tableName: "o".repeat(120) }).findResources("AWS::Lambda::Function"));

  expect(long?.Properties.FunctionName).toMatch(/^audit-log-o+-[0-9a-f]{12}$/);
  expect(long?.Properties.FunctionName.length).toBeLessThanOrEqual(64);
});

it("breaks no AwsSolutions rule that is not acknowledged with its reason", () => {
  const outdir = mkdtempSync(join(tmpdir(), "backstitch-nag-"));
  try {
    const app = stackWith({}, outdir).node.root as App;
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
    const report = JSON.parse(readFileSync(join(outdir, "validation-report.json"), "utf8")) as {
      pluginReports: readonly { violations: readonly unknown[] }[];
    };
    expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
  } finally {
    rmSync(outdir, { recursive: true });
  }
});
