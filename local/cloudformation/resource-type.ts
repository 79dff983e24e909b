import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SFNClient } from "@aws-sdk/client-sfn";
import type { SNSClient } from "@aws-sdk/client-sns";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { z } from "zod";
import type { CloudWatchService } from "../cloudwatch/service.ts";
import type { LambdaService } from "../lambda/service.ts";
import { NotInPocketAwsError } from "../service.ts";
import type { SqsService } from "../sqs/service.ts";
import { TemplateError } from "./intrinsics.ts";

/** What resources are made with: the same API that everybody else uses; and services past it, where no step has their client. */
export interface DeploymentTargets {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
  readonly sns: SNSClient;
  readonly logs: CloudWatchLogsClient;
  readonly events: EventBridgeClient;
  readonly stepFunctions: SFNClient;
  /** Its code comes from the assets. */
  readonly lambda: LambdaService;
  readonly sqs: SqsService;
  readonly cloudWatch: CloudWatchService;
}

export interface ResourceContext {
  readonly logicalId: string;
  readonly accountId: string;
  readonly region: string;
  readonly targets: DeploymentTargets;
  /** Directory of the code asset that the template names by its object key. */
  codeDirectory(objectKey: string): string;
  /** File for V8's compiled code of that asset, where the stack's source keeps any. */
  codeCacheFile(objectKey: string): string | undefined;
  /** Name for a resource whose template gives none: stack, logical id and a suffix, within the type's limit. */
  generatedName(maxLength: number): string;
}

/** What `Ref` and `Fn::GetAtt` give for a resource once it is there. */
export interface CreatedResource {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface ResourceType {
  readonly type: string;
  create(properties: Readonly<Record<string, unknown>>, context: ResourceContext): Promise<CreatedResource>;
}

/**
 * Describes one resource type: the properties that it handles (strictly, at every depth), those that it knowingly
 * ignores, each with its reason, and how it is made. Any other property is an error that names it.
 */
export function resourceType<Schema extends z.ZodType>(
  type: string,
  handled: Schema,
  ignored: Readonly<Record<string, string>>,
  create: (properties: z.output<Schema>, context: ResourceContext) => Promise<CreatedResource>,
): ResourceType {
  return {
    type,
    create(properties, context) {
      const rest = Object.fromEntries(Object.entries(properties).filter(([name]) => !Object.hasOwn(ignored, name)));
      const parsed = handled.safeParse(rest);
      if (parsed.success) return create(parsed.data, context);
      const unknown = parsed.error.issues.flatMap((issue) =>
        issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key].join(".")) : [],
      );
      const who = `${context.logicalId} (${type})`;
      if (unknown.length > 0) throw new NotInPocketAwsError(`${unknown.join(", ")} of ${who}`);
      throw new TemplateError(`${who} is not as the pocket AWS takes it: ${z.prettifyError(parsed.error)}`);
    },
  };
}

/** A policy document, passed on as text; IAM checks it. */
export const policyDocument = z.record(z.string(), z.unknown()).transform((document) => JSON.stringify(document));

export const tags = z.array(z.strictObject({ Key: z.string(), Value: z.string() }));
