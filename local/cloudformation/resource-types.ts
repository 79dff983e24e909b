import type { ResourceType } from "./resource-type.ts";
import { cloudWatchAlarm } from "./resources/cloudwatch-alarm.ts";
import { dynamodbTable } from "./resources/dynamodb-table.ts";
import { eventsRule } from "./resources/events-rule.ts";
import { iamManagedPolicy } from "./resources/iam-managed-policy.ts";
import { iamPolicy } from "./resources/iam-policy.ts";
import { iamRole } from "./resources/iam-role.ts";
import { lambdaEventInvokeConfig } from "./resources/lambda-event-invoke-config.ts";
import { lambdaEventSourceMapping } from "./resources/lambda-event-source-mapping.ts";
import { lambdaFunction } from "./resources/lambda-function.ts";
import { lambdaPermission } from "./resources/lambda-permission.ts";
import { logsLogGroup } from "./resources/logs-log-group.ts";
import { s3Bucket } from "./resources/s3-bucket.ts";
import { s3BucketPolicy } from "./resources/s3-bucket-policy.ts";
import { snsSubscription } from "./resources/sns-subscription.ts";
import { snsTopic } from "./resources/sns-topic.ts";
import { snsTopicPolicy } from "./resources/sns-topic-policy.ts";
import { sqsQueue } from "./resources/sqs-queue.ts";
import { sqsQueuePolicy } from "./resources/sqs-queue-policy.ts";
import { ssmParameter } from "./resources/ssm-parameter.ts";
import { stepFunctionsStateMachine } from "./resources/step-functions-state-machine.ts";

/** Every resource type that our templates have; another one is an error that names it. */
export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType> = new Map(
  [
    cloudWatchAlarm,
    dynamodbTable,
    eventsRule,
    iamManagedPolicy,
    iamPolicy,
    iamRole,
    lambdaEventInvokeConfig,
    lambdaEventSourceMapping,
    lambdaFunction,
    lambdaPermission,
    logsLogGroup,
    s3Bucket,
    s3BucketPolicy,
    snsSubscription,
    snsTopic,
    snsTopicPolicy,
    sqsQueue,
    sqsQueuePolicy,
    ssmParameter,
    stepFunctionsStateMachine,
  ].map((type) => [type.type, type]),
);

/** Makes nothing on AWS either: it counts which constructs an app uses. */
export const SKIPPED_TYPES: ReadonlySet<string> = new Set(["AWS::CDK::Metadata"]);
