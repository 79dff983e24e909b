/** One protected table with its application, on the pocket AWS's own DynamoDB, IAM, SSM and STS, and a clock to set. */
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetResourcePolicyCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-dynamodb";
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import type { GuardName, ProtectedTable, RecoveryRequest } from "../../../functions/contracts.ts";
import { WRITE_ACTIONS } from "../../../functions/read-only/write-actions.ts";
import { Artifacts } from "../../../functions/runtime/artifacts.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import { readEnvironment } from "../../../functions/runtime/environment.ts";
import { Recoveries } from "../../../functions/runtime/recoveries.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";
import { type Conditions, quietConditions } from "../../../local/conditions.ts";
import { DynamoDbService } from "../../../local/dynamodb/service.ts";
import { Gateway } from "../../../local/gateway.ts";
import { ROOT_CREDENTIALS } from "../../../local/iam/credentials.ts";
import { IamService } from "../../../local/iam/service.ts";
import type { Interceptor } from "../../../local/interception.ts";
import { SsmService } from "../../../local/ssm/service.ts";
import { StsService } from "../../../local/sts/service.ts";
import {
  ACCOUNT,
  APP,
  FLAG,
  FORGOTTEN,
  IAM_PROBE,
  REGION,
  recoveryOf,
  roleArn,
  TABLE_ARN,
  TABLE_PROBE,
  WORKER,
  WRITER,
} from "./recovery-fixture.ts";

export class GuardedWorld {
  readonly conditions: Conditions;
  readonly deps: Dependencies;
  /** The clock of the steps and of the pocket AWS. */
  now = Date.parse("2026-11-20T03:00:00Z");
  /** Stands between the steps and the services while it is set. */
  intercept: Interceptor | undefined;
  readonly #config: (credentials?: { accessKeyId: string; secretAccessKey: string }) => object;
  readonly #iam: IamService;
  readonly #close: () => Promise<void>;

  private constructor(parts: {
    conditions: Conditions;
    iam: IamService;
    endpoint: string;
    close: () => Promise<void>;
  }) {
    this.conditions = parts.conditions;
    this.#iam = parts.iam;
    this.#close = parts.close;
    this.#config = (credentials = ROOT_CREDENTIALS) => ({
      endpoint: parts.endpoint,
      region: REGION,
      credentials,
      maxAttempts: 1,
    });
    const config = this.#config();
    const aws: Aws = {
      dynamodb: new DynamoDBClient(config),
      dynamodbOnce: new DynamoDBClient(config),
      iam: new IAMClient(config),
      lambda: new LambdaClient(config),
      logs: new CloudWatchLogsClient(config),
      s3: new S3Client(config),
      sfn: new SFNClient(config),
      sns: new SNSClient(config),
      ssm: new SSMClient(config),
      sts: new STSClient(config),
      dynamodbAs: (credentials) => new DynamoDBClient(this.#config(credentials)),
    };
    const silent = () => undefined;
    this.deps = {
      aws,
      environment: readEnvironment({
        RECOVERIES_TABLE: "recoveries",
        RECOVERY_BUCKET: "recovery-bucket",
        NOTIFICATION_TOPIC_ARN: `arn:aws:sns:${REGION}:${ACCOUNT}:backstitch`,
        FUNCTION_PREFIX: "backstitch",
        TABLES_PATH: "/backstitch/tables/",
        DENY_POLICY_ARN_PREFIX: `arn:aws:iam::${ACCOUNT}:policy/backstitch-deny-`,
        IAM_DENY_PROBE_ROLE_ARN: IAM_PROBE,
        TABLE_POLICY_PROBE_ROLE_ARN: TABLE_PROBE,
        WRITING_ROLE_ARNS: `${WRITER},${roleArn("backstitch-repair-trial")}`,
      }),
      recoveries: new Recoveries(aws.dynamodb, "recoveries"),
      artifacts: new Artifacts(aws.s3, "recovery-bucket"),
      now: () => new Date(this.now),
      logger: { info: silent, warn: silent, error: silent, debug: silent },
    };
  }

  static async start(overrides: Partial<Conditions> = {}): Promise<GuardedWorld> {
    const conditions = quietConditions(overrides);
    let world: GuardedWorld | undefined;
    const now = () => world?.now ?? 0;
    const iam = new IamService({ accountId: ACCOUNT, conditions, now });
    const dynamodb = await DynamoDbService.start({
      accountId: ACCOUNT,
      region: REGION,
      authorizer: iam,
      conditions,
      now,
    });
    const gateway = await Gateway.listen({
      services: [iam, dynamodb, new SsmService({ authorizer: iam, now }), new StsService({ iam, now })],
      callerOf: (key) => iam.callerOf(key),
      conditions,
      interceptor: () => world?.intercept,
    });
    const close = async () => {
      await gateway.close();
      await dynamodb.close();
    };
    world = new GuardedWorld({ conditions, iam, endpoint: gateway.endpoint, close });
    await world.#build();
    return world;
  }

  close(): Promise<void> {
    return this.#close();
  }

  async #build(): Promise<void> {
    const { dynamodb, iam, ssm } = this.deps.aws;
    const PolicyDocument = policy({
      Effect: "Deny",
      Action: [...WRITE_ACTIONS],
      Resource: [TABLE_ARN, `${TABLE_ARN}/index/*`],
    });
    await Promise.all([
      createTable(dynamodb, "recoveries", ["recoveryId", "record"]),
      createTable(dynamodb, "orders", ["pk", "sk"]),
      ...[APP, WORKER, FORGOTTEN, WRITER, IAM_PROBE, TABLE_PROBE].map((role) => createWriter(iam, nameOf(role))),
      iam.send(new CreatePolicyCommand({ PolicyName: "backstitch-deny-orders", PolicyDocument })),
      ssm.send(new PutParameterCommand({ Name: FLAG, Type: "String", Value: "none" })),
    ]);
  }

  /** Begins a recovery as Preflight does; it holds the table's lock unless another one does. */
  async begin(
    recoveryId: string,
    {
      guards = ["ssm-flag", "iam-deny", "table-policy"] as readonly GuardName[],
      request = {} as Partial<RecoveryRequest>,
      table = {} as Partial<ProtectedTable>,
    } = {},
  ): Promise<Recovery> {
    const recovery = recoveryOf(recoveryId, new Date(this.now).toISOString(), guards, request, table);
    const { recoveries } = this.deps;
    await recoveries.put(recoveryId, "recovery", recovery);
    await recoveries.putOnce("lock", "orders", {
      recoveryId,
      executionArn: recovery.executionArn,
      acquiredAt: recovery.startedAt,
    });
    return recovery;
  }

  pass(seconds: number): void {
    this.now += seconds * 1000;
  }

  /** What a write under this role gets: "written", or the name and message of the error. */
  async write(role: string, tenant = "acme"): Promise<string> {
    const client = new DynamoDBClient(this.#config(this.#iam.createRoleCredentials(role, "test")));
    try {
      await client.send(
        new PutItemCommand({
          TableName: "orders",
          Item: { pk: { S: `TENANT#${tenant}` }, sk: { S: "ORDER#1" }, at: { N: `${this.now}` } },
        }),
      );
      return "written";
    } catch (error) {
      return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    } finally {
      client.destroy();
    }
  }

  async flag(): Promise<string | undefined> {
    return (await this.deps.aws.ssm.send(new GetParameterCommand({ Name: FLAG }))).Parameter?.Value;
  }

  async setFlag(value: string): Promise<void> {
    await this.deps.aws.ssm.send(
      new PutParameterCommand({ Name: FLAG, Type: "String", Value: value, Overwrite: true }),
    );
  }

  async policyText(): Promise<string | undefined> {
    try {
      return (await this.deps.aws.dynamodb.send(new GetResourcePolicyCommand({ ResourceArn: TABLE_ARN }))).Policy;
    } catch (error) {
      if (error instanceof Error && error.name === "PolicyNotFoundException") return undefined;
      throw error;
    }
  }

  async setPolicy(text: string): Promise<void> {
    await this.deps.aws.dynamodb.send(new PutResourcePolicyCommand({ ResourceArn: TABLE_ARN, Policy: text }));
  }

  async attach(role: string, policyArn: string): Promise<void> {
    await this.deps.aws.iam.send(new AttachRolePolicyCommand({ RoleName: nameOf(role), PolicyArn: policyArn }));
  }

  async attached(role: string): Promise<string[]> {
    const page = await this.deps.aws.iam.send(new ListAttachedRolePoliciesCommand({ RoleName: nameOf(role) }));
    return (page.AttachedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []);
  }

  /** The time as a redrive or a start would give it. */
  get since(): string {
    return new Date(this.now).toISOString();
  }

  async detach(role: string, policyArn: string): Promise<void> {
    await this.deps.aws.iam.send(new DetachRolePolicyCommand({ RoleName: nameOf(role), PolicyArn: policyArn }));
  }

  /** Everything that guards change, to compare: the same before and after an exact lift. */
  async guardsAsTheyAre(): Promise<unknown> {
    const attached = await Promise.all([APP, WORKER, IAM_PROBE, TABLE_PROBE].map((role) => this.attached(role)));
    return { flag: await this.flag(), policy: await this.policyText(), attached };
  }
}

export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

function nameOf(role: string): string {
  return role.slice(role.lastIndexOf("/") + 1);
}

async function createTable(client: DynamoDBClient, name: string, keys: readonly [string, string]): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: keys.map((key) => ({ AttributeName: key, AttributeType: "S" as const })),
      KeySchema: keys.map((key, index) => ({
        AttributeName: key,
        KeyType: index === 0 ? ("HASH" as const) : ("RANGE" as const),
      })),
    }),
  );
}

/** A role that may write to the table: what a guard has to overcome. */
async function createWriter(iam: IAMClient, name: string): Promise<void> {
  const AssumeRolePolicyDocument = policy({ Effect: "Allow", Principal: { AWS: ACCOUNT }, Action: "sts:AssumeRole" });
  const PolicyDocument = policy({ Effect: "Allow", Action: [...WRITE_ACTIONS], Resource: TABLE_ARN });
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "write", PolicyDocument }));
}
