import { CloudWatchService } from "./cloudwatch/service.ts";
import type { Conditions } from "./conditions.ts";
import { DynamoDbService } from "./dynamodb/service.ts";
import { EventBridgeService } from "./eventbridge/service.ts";
import { IamService } from "./iam/service.ts";
import { LambdaService } from "./lambda/service.ts";
import { LogsService } from "./logs/service.ts";
import { exportTarget } from "./s3/export-target.ts";
import { S3Service } from "./s3/service.ts";
import type { ApiRequest, Caller, Service } from "./service.ts";
import { SnsService } from "./sns/service.ts";
import { SqsService } from "./sqs/service.ts";
import { SsmService } from "./ssm/service.ts";
import { StepFunctionsService } from "./step-functions/service.ts";
import { StsService } from "./sts/service.ts";

/** Every service of the pocket AWS, for tests and the demo to look into past the API. */
export interface PocketServices {
  readonly dynamodb: DynamoDbService;
  readonly iam: IamService;
  readonly s3: S3Service;
  readonly ssm: SsmService;
  readonly sns: SnsService;
  readonly sqs: SqsService;
  readonly sts: StsService;
  readonly stepFunctions: StepFunctionsService;
  readonly lambda: LambdaService;
  readonly events: EventBridgeService;
  readonly logs: LogsService;
  readonly cloudWatch: CloudWatchService;
}

export interface PocketServicesOptions {
  readonly accountId: string;
  readonly region: string;
  readonly conditions: Conditions;
  /** Of the gateway, which listens after the services are made. */
  readonly endpoint: () => string;
  readonly now?: () => number;
  readonly onNotification?: (message: { readonly subject: string | undefined; readonly message: string }) => void;
}

/** Makes the services and ties them together where AWS does: who authorizes, who invokes whom, where events and logs go. */
export async function startServices(options: PocketServicesOptions): Promise<PocketServices> {
  const { accountId, region, conditions, endpoint, onNotification } = options;
  const clock = options.now ? { now: options.now } : {};
  const account = { accountId, region };
  const iam = new IamService({ accountId, conditions });
  const authorizer = iam;
  const sessions = iam;
  const logs = new LogsService({ ...account, ...clock, authorizer, conditions });
  const s3 = new S3Service({ authorizer });
  const dynamodb = await DynamoDbService.start({
    ...account,
    ...clock,
    conditions,
    authorizer,
    exportStorage: exportTarget(s3),
  });
  const sqs = new SqsService({ ...account, authorizer });
  const sns = new SnsService({ ...account, authorizer, ...(onNotification ? { onPublish: onNotification } : {}) });
  const lambda = new LambdaService({
    ...account,
    conditions,
    authorizer,
    sessions,
    endpoint,
    log: (group, stream, line) => logs.append(group, stream, line),
    sendToQueue: (queueArn, body, caller) => void sqs.sendMessage(queueArn, body, caller),
    streams: dynamodb.streams,
  });
  const events = new EventBridgeService({
    ...account,
    authorizer,
    invokeTarget: async (functionArn, event, ruleArn) => {
      const invoker = { service: "events.amazonaws.com", sourceArn: ruleArn, accountId };
      lambda.invokeAsynchronously(functionArn, JSON.stringify(event), invoker);
    },
    sendDeadLetter: (queueArn, message, sender) => void sqs.sendAsService(queueArn, message, sender),
  });
  const cloudWatch = new CloudWatchService({
    ...account,
    visibleMessages: (name) => sqs.queue(`arn:aws:sqs:${region}:${accountId}:${name}`).visibleMessages().length,
    publish: (topicArn, subject, message, sender) => void sns.publishAsService(topicArn, subject, message, sender),
  });
  lambda.onInvoke(({ functionName, functionError }) => cloudWatch.invoked(functionName, functionError !== undefined));
  const stepFunctions = new StepFunctionsService({
    ...account,
    conditions,
    authorizer,
    sessions,
    invokeFunction: async (functionArn, payload, caller, signal) => {
      const result = await lambda.invoke(functionArn, payload, caller, signal);
      if (!("functionError" in result)) return result;
      const { trace, ...error } = result.functionError;
      return { functionError: { ...error, ...(trace ? { trace: [...trace] } : {}) } };
    },
    readObject: (bucket, key, caller) => readObject(s3, bucket, key, caller),
    emitEvent: (event) => void events.emit(event),
    log: (group, line) => logs.append(group, "states", JSON.stringify(line)),
  });
  return {
    dynamodb,
    iam,
    s3,
    ssm: new SsmService({ ...account, authorizer }),
    sns,
    sqs,
    sts: new StsService({ iam }),
    stepFunctions,
    lambda,
    events,
    logs,
    cloudWatch,
  };
}

/** Ends whoever starts work first, so that nobody begins something on a service that is gone. */
export async function closeServices(services: PocketServices): Promise<void> {
  const { stepFunctions, events, lambda, ...others } = services;
  const inOrder: readonly Service[] = [stepFunctions, events, lambda, ...Object.values(others)];
  for (const service of inOrder) await service.close?.();
}

/** The request that an SDK client would send, without the way over HTTP. */
async function readObject(s3: S3Service, bucket: string, key: string, caller: Caller): Promise<Uint8Array> {
  const request: ApiRequest = {
    method: "GET",
    path: `/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`,
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.alloc(0),
    caller,
  };
  const { body = "" } = await s3.handle(request);
  return typeof body === "string" ? Buffer.from(body) : body;
}
