import { type ActingService, authorizeServiceByPolicy } from "../iam/authorize-service.ts";
import { parsePolicyDocument } from "../iam/policy-documents.ts";
import { type JsonInput, type JsonOperation, runJsonOperation } from "../protocols/json.ts";
import {
  type ApiRequest,
  type ApiResponse,
  type Authorizer,
  AwsError,
  type Caller,
  NotInPocketAwsError,
  type Service,
} from "../service.ts";
import { md5Of, Queue, type QueuedMessage, type ReceivedMessage } from "./queue.ts";

/** "The minimum size is 1 byte … the maximum is 1,048,576 bytes (1 MiB)." */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const DEFAULT_RETENTION_SECONDS = 4 * 24 * 3600;
const DEFAULT_VISIBILITY_SECONDS = 30;

export interface SqsOptions {
  readonly accountId?: string;
  readonly region?: string;
  readonly authorizer: Authorizer;
  readonly now?: () => number;
}

export interface NewQueue {
  readonly name: string;
  readonly retentionSeconds?: number;
  readonly visibilitySeconds?: number;
}

/** Standard queues: what services and functions send to them, and what a person or a test takes out. */
export class SqsService implements Service {
  readonly signingName = "sqs";
  readonly #accountId: string;
  readonly #region: string;
  readonly #authorizer: Authorizer;
  readonly #now: () => number;
  readonly #queues = new Map<string, Queue>();
  readonly #operations: Readonly<Record<string, JsonOperation>>;

  constructor({ accountId = "111122223333", region = "us-east-1", authorizer, now = Date.now }: SqsOptions) {
    this.#accountId = accountId;
    this.#region = region;
    this.#authorizer = authorizer;
    this.#now = now;
    this.#operations = {
      SendMessage: {
        members: ["QueueUrl", "MessageBody"],
        run: (input, { caller }) => {
          const { settings } = this.#queueAt(input);
          const body = input.text("MessageBody");
          const { messageId } = this.sendMessage(settings.arn, body, caller);
          return { MessageId: messageId, MD5OfMessageBody: md5Of(body) };
        },
      },
      ReceiveMessage: {
        members: ["QueueUrl", "MaxNumberOfMessages", "VisibilityTimeout", "MessageAttributeNames"],
        run: (input, { caller }) => {
          const queue = this.#allowed("ReceiveMessage", this.#queueAt(input), caller);
          const most = input.optionalNumber("MaxNumberOfMessages") ?? 1;
          if (most < 1 || most > 10)
            throw new AwsError("InvalidParameterValue", "MaxNumberOfMessages is from 1 to 10.");
          const wanted = input.optionalTexts("MessageAttributeNames") ?? [];
          const messages = queue.receive(most, input.optionalNumber("VisibilityTimeout"));
          return { Messages: messages.map((message) => received(message, wanted)) };
        },
      },
      DeleteMessage: {
        members: ["QueueUrl", "ReceiptHandle"],
        run: (input, { caller }) => {
          const queue = this.#allowed("DeleteMessage", this.#queueAt(input), caller);
          if (!queue.delete(input.text("ReceiptHandle")))
            throw new AwsError("ReceiptHandleIsInvalid", "The input receipt handle is not a valid receipt handle.");
        },
      },
      GetQueueAttributes: {
        members: ["QueueUrl", "AttributeNames"],
        run: (input, { caller }) => {
          const queue = this.#allowed("GetQueueAttributes", this.#queueAt(input), caller);
          return { Attributes: attributesOf(queue, input.optionalTexts("AttributeNames") ?? []) };
        },
      },
    };
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return runJsonOperation("sqs", this.#operations, request);
  }

  /** Makes a queue, as CloudFormation does; answers its URL and ARN. */
  createQueue({ name, ...settings }: NewQueue): { readonly queueUrl: string; readonly queueArn: string } {
    if (!/^[\w-]{1,80}$/.test(name))
      throw new AwsError("InvalidParameterValue", `The queue name "${name}" is not valid: 1 to 80 of 0-9 A-Z a-z - _.`);
    const arn = `arn:aws:sqs:${this.#region}:${this.#accountId}:${name}`;
    if (this.#queues.has(arn)) throw new AwsError("QueueNameExists", `There is a queue ${name} already.`);
    const { retentionSeconds = DEFAULT_RETENTION_SECONDS, visibilitySeconds = DEFAULT_VISIBILITY_SECONDS } = settings;
    this.#queues.set(arn, new Queue({ name, arn, retentionSeconds, visibilitySeconds }, this.#now));
    return { queueUrl: `https://sqs.${this.#region}.amazonaws.com/${this.#accountId}/${name}`, queueArn: arn };
  }

  setPolicy(queueUrl: string, policy: string): void {
    this.#queueOfUrl(queueUrl).policy = parsePolicyDocument(policy, "resource");
  }

  /** The queue of this ARN, for metrics and for tests that look in without receiving. */
  queue(queueArn: string): Queue {
    const queue = this.#queues.get(queueArn);
    if (!queue)
      throw new AwsError("AWS.SimpleQueueService.NonExistentQueue", `The specified queue does not exist: ${queueArn}`);
    return queue;
  }

  /** Sends as a caller with policies of its own: a function's role. */
  sendMessage(queueArn: string, body: string, caller: Caller): QueuedMessage {
    return send(this.#allowed("SendMessage", this.queue(queueArn), caller), body);
  }

  /** Sends as an AWS service, which the queue's policy alone can let in. */
  sendAsService(
    queueArn: string,
    message: { readonly body: string; readonly attributes: Readonly<Record<string, string>> },
    sender: ActingService,
  ): QueuedMessage {
    const queue = this.queue(queueArn);
    authorizeServiceByPolicy(sender, { action: "sqs:SendMessage", resource: queueArn, resourcePolicy: queue.policy });
    return send(queue, message.body, message.attributes);
  }

  #allowed(action: string, queue: Queue, caller: Caller): Queue {
    const { settings, policy: resourcePolicy } = queue;
    this.#authorizer.authorize({ caller, action: `sqs:${action}`, resource: settings.arn, resourcePolicy });
    return queue;
  }

  #queueAt(input: JsonInput): Queue {
    return this.#queueOfUrl(input.text("QueueUrl"));
  }

  #queueOfUrl(url: string): Queue {
    const [name = "", accountId = ""] = url.split("/").reverse();
    return this.queue(`arn:aws:sqs:${this.#region}:${accountId}:${name}`);
  }
}

function send(queue: Queue, body: string, attributes: Readonly<Record<string, string>> = {}): QueuedMessage {
  const bytes = Buffer.byteLength(body);
  if (bytes === 0 || bytes > MAX_MESSAGE_BYTES)
    throw new AwsError("InvalidParameterValue", `A message must have 1 to ${MAX_MESSAGE_BYTES} bytes, not ${bytes}.`);
  return queue.send(body, attributes);
}

function received({ messageId, receiptHandle, body, attributes }: ReceivedMessage, wanted: readonly string[]): object {
  const shown = Object.entries(attributes).filter(([name]) => wanted.includes("All") || wanted.includes(name));
  return {
    MessageId: messageId,
    ReceiptHandle: receiptHandle,
    MD5OfBody: md5Of(body),
    Body: body,
    ...(shown.length === 0
      ? {}
      : {
          MessageAttributes: Object.fromEntries(
            shown.map(([name, StringValue]) => [name, { DataType: "String", StringValue }]),
          ),
        }),
  };
}

function attributesOf(queue: Queue, wanted: readonly string[]): Record<string, string> {
  const all: Readonly<Record<string, string>> = {
    QueueArn: queue.settings.arn,
    ApproximateNumberOfMessages: String(queue.visibleMessages().length),
    ApproximateNumberOfMessagesNotVisible: String(queue.hiddenCount),
    MessageRetentionPeriod: String(queue.settings.retentionSeconds),
    VisibilityTimeout: String(queue.settings.visibilitySeconds),
    ...(queue.policy ? { Policy: JSON.stringify(queue.policy) } : {}),
  };
  const unknown = wanted.find((name) => name !== "All" && name !== "Policy" && !Object.hasOwn(all, name));
  if (unknown !== undefined) throw new NotInPocketAwsError(`the queue attribute ${unknown}`);
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes("All") || wanted.includes(name)));
}
