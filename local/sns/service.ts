import { randomUUID } from "node:crypto";
import { type ActingService, authorizeServiceByPolicy } from "../iam/authorize-service.ts";
import { parsePolicyDocument } from "../iam/policy-documents.ts";
import { type QueryInput, type QueryOperation, runQueryOperation } from "../protocols/query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import {
  type ApiRequest,
  type ApiResponse,
  type Authorizer,
  AwsError,
  NotInPocketAwsError,
  type PolicyDocument,
  type Service,
} from "../service.ts";

const NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/";
/** "Messages must be UTF-8 encoded strings and at most 256 KB in size." */
const MAX_MESSAGE_BYTES = 256 * 1024;
/** A subject is ASCII text of one line, begins with no space and has at most 100 characters. */
const SUBJECT = /^[!-~][ -~]{0,99}$/;
/** How many messages are kept for who wants to look at them. */
const KEPT_MESSAGES = 10_000;
/** Attributes that can be set; the others would change deliveries, of which there are none here. */
const SETTABLE = ["DisplayName", "Policy", "TracingConfig", "KmsMasterKeyId"];

export interface PublishedMessage {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly publishedAt: Date;
}

interface Topic {
  readonly arn: string;
  readonly attributes: Map<string, string>;
  policy: PolicyDocument | undefined;
  readonly subscriptions: Subscription[];
}

interface Subscription {
  readonly arn: string;
  readonly protocol: string;
  readonly endpoint: string;
}

export interface SnsOptions {
  readonly accountId?: string;
  readonly region?: string;
  readonly authorizer: Authorizer;
  readonly now?: () => number;
  /** Told of every message: there are no e-mails and no web hooks here, so this is how a message gets out. */
  readonly onPublish?: (message: PublishedMessage, subscriptions: readonly Subscription[]) => void;
}

/** Topics; a published message is kept and told to `onPublish`, and delivered to nobody else. */
export class SnsService implements Service {
  readonly signingName = "sns";
  /** The latest published messages, oldest first. */
  readonly messages: PublishedMessage[] = [];
  readonly #options: SnsOptions;
  readonly #arnPrefix: string;
  readonly #topics = new Map<string, Topic>();
  readonly #operations: Readonly<Record<string, QueryOperation>>;

  constructor(options: SnsOptions) {
    this.#options = options;
    this.#arnPrefix = `arn:aws:sns:${options.region ?? "us-east-1"}:${options.accountId ?? "111122223333"}:`;
    this.#operations = {
      CreateTopic: {
        parameters: ["Name", "Attributes", "Tags"],
        run: (input, request) => this.#createTopic(input, request),
      },
      DeleteTopic: {
        parameters: ["TopicArn"],
        run: (input, request) => {
          const arn = input.text("TopicArn");
          this.#authorize(request, "DeleteTopic", arn);
          this.#topics.delete(arn);
          return undefined;
        },
      },
      ListTopics: {
        parameters: ["NextToken"],
        run: (_input, request) => {
          this.#authorize(request, "ListTopics", `${this.#arnPrefix}*`);
          return { Topics: { member: [...this.#topics.keys()].map((TopicArn) => ({ TopicArn })) } };
        },
      },
      GetTopicAttributes: {
        parameters: ["TopicArn"],
        run: (input, request) => {
          const topic = this.#topicFor(input, request);
          const attributes = [["TopicArn", topic.arn] as const, ...topic.attributes];
          return { Attributes: { entry: attributes.map(([key, value]) => ({ key, value })) } };
        },
      },
      SetTopicAttributes: {
        parameters: ["TopicArn", "AttributeName", "AttributeValue"],
        run: (input, request) => {
          setAttribute(this.#topicFor(input, request), input.text("AttributeName"), input.text("AttributeValue"));
          return undefined;
        },
      },
      Subscribe: {
        parameters: ["TopicArn", "Protocol", "Endpoint", "ReturnSubscriptionArn"],
        run: (input, request) => {
          const topic = this.#topicFor(input, request);
          const [protocol, endpoint] = [input.text("Protocol"), input.text("Endpoint")];
          const subscription = { arn: `${topic.arn}:${randomUUID()}`, protocol, endpoint };
          topic.subscriptions.push(subscription);
          return { SubscriptionArn: subscription.arn };
        },
      },
      ListSubscriptionsByTopic: {
        parameters: ["TopicArn", "NextToken"],
        run: (input, request) => {
          const { arn: TopicArn, subscriptions } = this.#topicFor(input, request);
          const member = subscriptions.map(({ arn, protocol, endpoint }) => {
            return {
              SubscriptionArn: arn,
              Owner: TopicArn.split(":")[4],
              Protocol: protocol,
              Endpoint: endpoint,
              TopicArn,
            };
          });
          return { Subscriptions: { member } };
        },
      },
      Publish: {
        parameters: ["TopicArn", "Message", "Subject", "MessageAttributes"],
        run: (input, request) => this.#publish(input, request),
      },
    };
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return runQueryOperation("sns", NAMESPACE, this.#operations, request);
  }

  #createTopic(input: QueryInput, request: ApiRequest): XmlValue {
    const name = input.text("Name");
    const arn = `${this.#arnPrefix}${name}`;
    this.#authorize(request, "CreateTopic", arn);
    if (!/^[\w-]{1,256}$/.test(name)) throw new AwsError("InvalidParameter", `Invalid parameter: Topic Name ${name}`);
    if (!this.#topics.has(arn)) {
      const topic: Topic = { arn, attributes: new Map(), policy: undefined, subscriptions: [] };
      for (const [key, value] of Object.entries(input.map("Attributes"))) setAttribute(topic, key, value);
      this.#topics.set(arn, topic);
    }
    return { TopicArn: arn };
  }

  #publish(input: QueryInput, request: ApiRequest): XmlValue {
    const topic = this.#topicFor(input, request);
    const attributes = input.messageAttributes("MessageAttributes");
    const published = this.#deliver(topic, input.text("Message"), input.optionalText("Subject"), attributes);
    return { MessageId: published.messageId };
  }

  /** Publishes as an AWS service, which the topic's policy alone can let in. */
  publishAsService(topicArn: string, subject: string, message: string, sender: ActingService): PublishedMessage {
    const topic = this.#topics.get(topicArn);
    if (topic === undefined) throw new AwsError("NotFound", `Topic does not exist: ${topicArn}`, 404);
    authorizeServiceByPolicy(sender, { action: "sns:Publish", resource: topicArn, resourcePolicy: topic.policy });
    return this.#deliver(topic, message, subject, {});
  }

  #deliver(
    topic: Topic,
    message: string,
    subject: string | undefined,
    attributes: Readonly<Record<string, string>>,
  ): PublishedMessage {
    const size = Buffer.byteLength(message);
    if (size === 0 || size > MAX_MESSAGE_BYTES) {
      throw new AwsError(
        "InvalidParameter",
        `Invalid parameter: Message must have 1 to ${MAX_MESSAGE_BYTES} bytes, not ${size}`,
      );
    }
    if (subject !== undefined && !SUBJECT.test(subject)) {
      throw new AwsError(
        "InvalidParameter",
        `Invalid parameter: Subject "${subject}" must be ASCII, one line, at most 100 characters`,
      );
    }
    const published: PublishedMessage = {
      messageId: randomUUID(),
      topicArn: topic.arn,
      subject,
      message,
      attributes,
      publishedAt: new Date((this.#options.now ?? Date.now)()),
    };
    this.messages.push(published);
    if (this.messages.length > KEPT_MESSAGES) this.messages.shift();
    this.#options.onPublish?.(published, topic.subscriptions);
    return published;
  }

  #topicFor(input: QueryInput, request: ApiRequest): Topic {
    const arn = input.text("TopicArn");
    this.#authorize(request, input.action, arn);
    const topic = this.#topics.get(arn);
    if (topic === undefined) throw new AwsError("NotFound", `Topic does not exist: ${arn}`, 404);
    return topic;
  }

  #authorize({ caller }: ApiRequest, action: string, resource: string): void {
    const resourcePolicy = this.#topics.get(resource)?.policy;
    this.#options.authorizer.authorize({ caller, action: `sns:${action}`, resource, resourcePolicy });
  }
}

function setAttribute(topic: Topic, name: string, value: string): void {
  if (!SETTABLE.includes(name)) throw new NotInPocketAwsError(`the topic attribute ${name}`);
  if (name === "Policy") topic.policy = parsePolicyDocument(value, "resource");
  topic.attributes.set(name, value);
}
