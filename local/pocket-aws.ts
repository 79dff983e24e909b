import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { CloudFormation, type DeployedStack, type StackSource } from "./cloudformation/deploy.ts";
import type { DeploymentTargets } from "./cloudformation/resource-type.ts";
import { type Conditions, quietConditions } from "./conditions.ts";
import { Gateway, type RequestEntry } from "./gateway.ts";
import { type Credentials, ROOT_CREDENTIALS } from "./iam/credentials.ts";
import type { Interceptor } from "./interception.ts";
import type { LambdaService } from "./lambda/service.ts";
import { closeServices, type PocketServices, startServices } from "./pocket-services.ts";
import type { Service } from "./service.ts";
import { synthesizedBackstitch } from "./synthesized-app.ts";

export interface PocketAwsOptions {
  /** @default any free port */
  readonly port?: number;
  /** What differs from quiet conditions. */
  readonly conditions?: Partial<Conditions>;
  /** @default us-east-1 */
  readonly region?: string;
  /** @default 111122223333 */
  readonly accountId?: string;
  /** Clock of the services that keep a history, DynamoDB and CloudWatch Logs: a story may have begun hours ago. */
  readonly now?: () => number;
  /** Told of every finished request. */
  readonly onRequest?: (entry: RequestEntry) => void;
  /** Told of every message that a topic gets: nobody has a mailbox here. */
  readonly onNotification?: (message: { readonly subject: string | undefined; readonly message: string }) => void;
}

/** What every SDK client takes to talk to the pocket AWS as somebody. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
}

/** An AWS account in this process: all services behind one loopback port, and whatever was deployed into it. */
export class PocketAws {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  /** Read live by every service: change them while it runs. */
  readonly conditions: Conditions;
  readonly services: PocketServices;
  /** Stands between callers and services while it is set. */
  intercept: Interceptor | undefined;
  readonly #gateway: Gateway;
  readonly #deployments: DeploymentTargets;
  readonly #cloudFormation: CloudFormation;

  constructor(options: {
    gateway: Gateway;
    services: PocketServices;
    region: string;
    accountId: string;
    conditions: Conditions;
  }) {
    this.endpoint = options.gateway.endpoint;
    this.region = options.region;
    this.accountId = options.accountId;
    this.conditions = options.conditions;
    this.services = options.services;
    this.#gateway = options.gateway;
    const root = this.clientConfig();
    this.#deployments = {
      dynamodb: new DynamoDBClient(root),
      s3: new S3Client(root),
      iam: new IAMClient(root),
      ssm: new SSMClient(root),
      sns: new SNSClient(root),
      logs: new CloudWatchLogsClient(root),
      events: new EventBridgeClient(root),
      stepFunctions: new SFNClient(root),
      lambda: options.services.lambda,
      sqs: options.services.sqs,
      cloudWatch: options.services.cloudWatch,
    };
    this.#cloudFormation = new CloudFormation({ ...options, targets: this.#deployments });
  }

  /** Mistakes of the pocket AWS itself so far; a test that sees another number than 0 has found one. */
  get faults(): number {
    return this.#gateway.faults;
  }

  /** Settings for any SDK client: the operator's root unless other credentials are given. */
  clientConfig(credentials: Credentials = ROOT_CREDENTIALS): ClientConfig {
    return { endpoint: this.endpoint, region: this.region, credentials };
  }

  /** Credentials of a session of this role, whatever its trust policy says. */
  asRole(roleArn: string, sessionName = "operator"): Credentials {
    return this.services.iam.createRoleCredentials(roleArn, sessionName);
  }

  /** Deploys a synthesized stack; this repository's own unless another one is given. Answers its outputs. */
  async deployApp(
    source?: StackSource | (() => StackSource | Promise<StackSource>),
  ): Promise<DeployedStack["outputs"]> {
    return (await this.deploy(source)).outputs;
  }

  /** `deployApp` with the physical names as well. */
  async deploy(
    source: StackSource | (() => StackSource | Promise<StackSource>) = synthesizedBackstitch,
  ): Promise<DeployedStack> {
    return this.#cloudFormation.deploy(typeof source === "function" ? await source() : source);
  }

  async close(): Promise<void> {
    await closeServices(this.services);
    await this.#gateway.close();
    for (const client of Object.values(this.#deployments)) if ("destroy" in client) client.destroy();
  }
}

/** Starts an empty account. */
export async function startPocketAws(options: PocketAwsOptions = {}): Promise<PocketAws> {
  const { region = "us-east-1", accountId = "111122223333", port, onRequest, onNotification, now } = options;
  const conditions = quietConditions(options.conditions);
  let endpoint = "";
  let started: PocketAws | undefined;
  const services = await startServices({
    accountId,
    region,
    conditions,
    endpoint: () => endpoint,
    ...(now ? { now } : {}),
    ...(now ? { now } : {}),
    ...(onNotification ? { onNotification } : {}),
  });
  const gateway = await Gateway.listen({
    services: Object.values(services).map((service: Service) => withPlannedKills(service, services.lambda)),
    callerOf: (accessKeyId) => services.iam.callerOf(accessKeyId),
    conditions,
    interceptor: () => started?.intercept,
    ...(port === undefined ? {} : { port }),
    ...(onRequest ? { onRequest } : {}),
  });
  endpoint = gateway.endpoint;
  const aws = new PocketAws({ gateway, services, region, accountId, conditions });
  started = aws;
  return aws;
}

/** A request's effect is there and its answer is not out yet: the moment in which a planned kill of its sender strikes. */
function withPlannedKills(service: Service, lambda: LambdaService): Service {
  return {
    signingName: service.signingName,
    handle: async (request) => {
      const response = await service.handle(request);
      await lambda.callTookEffect(request.caller.accessKeyId);
      return response;
    },
  };
}
