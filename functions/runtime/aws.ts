/** AWS clients: made once per container, passed to every step. Addresses and credentials come from the environment alone. */
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";

/** Temporary credentials of an assumed role. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface Aws {
  readonly dynamodb: DynamoDBClient;
  /** For guarded writes: one attempt, since a lost answer must be read, never resent blindly. */
  readonly dynamodbOnce: DynamoDBClient;
  readonly iam: IAMClient;
  readonly lambda: LambdaClient;
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
  readonly sfn: SFNClient;
  readonly sns: SNSClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
  /** Acts under other credentials: the proof of a freeze writes as a role that the guard covers. */
  dynamodbAs(credentials: SessionCredentials): DynamoDBClient;
}

/** A request that is not answered by then counts as unanswered, long before the function's own time is up. */
const PATIENCE = { connectionTimeout: 3_000, requestTimeout: 15_000, throwOnRequestTimeout: true } as const;

/** Clients are made on first use, so that a step pays only for the services it calls. */
export function createAws(): Aws {
  const made = new Map<string, unknown>();
  const once = <Client>(name: string, make: () => Client): Client => {
    if (!made.has(name)) made.set(name, make());
    return made.get(name) as Client;
  };
  return {
    get dynamodb() {
      return once("dynamodb", () => new DynamoDBClient({ maxAttempts: 8, requestHandler: PATIENCE }));
    },
    get dynamodbOnce() {
      return once("dynamodbOnce", () => new DynamoDBClient({ maxAttempts: 1, requestHandler: PATIENCE }));
    },
    get iam() {
      return once("iam", () => new IAMClient({}));
    },
    get lambda() {
      return once("lambda", () => new LambdaClient({}));
    },
    get logs() {
      return once("logs", () => new CloudWatchLogsClient({ maxAttempts: 8 }));
    },
    get s3() {
      return once("s3", () => new S3Client({ maxAttempts: 5 }));
    },
    get sfn() {
      return once("sfn", () => new SFNClient({}));
    },
    get sns() {
      return once("sns", () => new SNSClient({}));
    },
    get ssm() {
      return once("ssm", () => new SSMClient({}));
    },
    get sts() {
      return once("sts", () => new STSClient({}));
    },
    dynamodbAs: (credentials) => new DynamoDBClient({ credentials, maxAttempts: 5, requestHandler: PATIENCE }),
  };
}
