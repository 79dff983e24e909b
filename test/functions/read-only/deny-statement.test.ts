import { expect, test } from "vitest";
import { denyStatement } from "../../../functions/read-only/deny-statement.ts";
import { subjectOf } from "../../../functions/read-only/guard.ts";
import { WRITE_ACTIONS } from "../../../functions/read-only/write-actions.ts";
import { readEnvironment } from "../../../functions/runtime/environment.ts";
import { IAM_PROBE, recoveryOf, TABLE_ARN, WRITER } from "./recovery-fixture.ts";

const environment = readEnvironment({
  RECOVERIES_TABLE: "recoveries",
  RECOVERY_BUCKET: "bucket",
  NOTIFICATION_TOPIC_ARN: "topic",
  FUNCTION_PREFIX: "backstitch",
  TABLES_PATH: "/backstitch/tables/",
  IAM_DENY_PROBE_ROLE_ARN: IAM_PROBE,
  WRITING_ROLE_ARNS: WRITER,
});

test("the statement denies every write to everybody but who must go on writing", () => {
  const exemptPrincipalArns = ["arn:aws:iam::111122223333:role/replicator"];
  const recovery = recoveryOf("r-1", "2026-11-20T03:00:00Z", ["table-policy"], {}, { exemptPrincipalArns });

  expect(denyStatement(subjectOf(recovery), environment)).toEqual({
    Sid: expect.stringMatching(/^Backstitchr1[0-9a-f]{12}$/),
    Effect: "Deny",
    Principal: "*",
    Action: [...WRITE_ACTIONS],
    Resource: [TABLE_ARN, `${TABLE_ARN}/index/*`],
    Condition: {
      ArnNotLike: {
        "aws:PrincipalArn": [
          WRITER,
          IAM_PROBE,
          "arn:aws:iam::111122223333:role/aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication",
          "arn:aws:iam::111122223333:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
          "arn:aws:iam::111122223333:role/replicator",
        ],
      },
    },
  });
});

test("for tenants it denies any request that touches one of them", () => {
  const recovery = recoveryOf("r-1", "2026-11-20T03:00:00Z", ["table-policy"], { tenants: ["a", "b"] }, {});

  expect(denyStatement(subjectOf(recovery, ["b"]), environment)).toMatchObject({
    Condition: { "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": ["TENANT#a"] } },
  });
});
