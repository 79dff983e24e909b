import { randomUUID } from "node:crypto";
import type { ActingService } from "../iam/authorize-service.ts";
import { type JsonInput, type JsonOperation, runJsonOperation } from "../protocols/json.ts";
import {
  type ApiRequest,
  type ApiResponse,
  type Authorizer,
  AwsError,
  NotInPocketAwsError,
  type Service,
} from "../service.ts";
import { newEventOf, shownTarget, type Target, targetOf } from "./entries.ts";
import { eventPattern } from "./event-pattern.ts";
import { periodOf } from "./schedule.ts";

/** An event as targets receive it. */
export interface EventBridgeEvent {
  readonly version: "0";
  readonly id: string;
  readonly source: string;
  readonly "detail-type": string;
  readonly account: string;
  readonly region: string;
  readonly time: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What is said of a new event; the rest is filled in. */
export type NewEvent = Pick<EventBridgeEvent, "source" | "detail-type" | "detail"> & {
  readonly resources?: readonly string[];
  readonly time?: string;
};

interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly pattern: string | undefined;
  readonly schedule: string | undefined;
  /** Fires a rule with a schedule; cleared when the rule is replaced or deleted. */
  readonly timer: NodeJS.Timeout | undefined;
  readonly description: string | undefined;
  readonly isEnabled: boolean;
  readonly matches: (event: unknown) => boolean;
  readonly targets: Map<string, Target>;
}

export interface EventBridgeOptions {
  readonly accountId?: string;
  readonly region?: string;
  readonly authorizer: Authorizer;
  readonly now?: () => number;
  /** Delivers to a Lambda target, as events.amazonaws.com; what it throws is kept in `failedDeliveries`. */
  invokeTarget(targetArn: string, event: unknown, ruleArn: string): Promise<void>;
  /** Sends to a target's dead-letter queue, as events.amazonaws.com; missing: there are no queues here. */
  sendDeadLetter?(
    queueArn: string,
    message: { readonly body: string; readonly attributes: Readonly<Record<string, string>> },
    sender: ActingService,
  ): void;
}

export interface FailedDelivery {
  readonly ruleName: string;
  readonly targetArn: string;
  readonly event: EventBridgeEvent;
  readonly error: unknown;
}

/** The default event bus: rules with patterns, targets that are Lambda functions. */
export class EventBridgeService implements Service {
  readonly signingName = "events";
  readonly failedDeliveries: FailedDelivery[] = [];
  readonly #accountId: string;
  readonly #region: string;
  readonly #options: EventBridgeOptions;
  readonly #rules = new Map<string, Rule>();
  readonly #underway = new Set<Promise<void>>();
  readonly #operations: Readonly<Record<string, JsonOperation>>;

  constructor(options: EventBridgeOptions) {
    this.#accountId = options.accountId ?? "111122223333";
    this.#region = options.region ?? "us-east-1";
    this.#options = options;
    this.#operations = {
      PutRule: {
        members: ["Name", "EventPattern", "ScheduleExpression", "State", "Description", "EventBusName", "Tags"],
        run: (input, request) => this.#putRule(input, request),
      },
      DescribeRule: {
        members: ["Name", "EventBusName"],
        run: (input, request) => shown(this.#ruleFor(input, request, "Name")),
      },
      DeleteRule: {
        members: ["Name", "EventBusName"],
        run: (input, request) => {
          const rule = this.#ruleFor(input, request, "Name");
          if (rule.targets.size > 0) {
            throw new AwsError("ValidationException", "Rule can't be deleted since it has targets.");
          }
          clearInterval(rule.timer);
          this.#rules.delete(rule.name);
        },
      },
      ListRules: {
        members: ["NamePrefix", "EventBusName"],
        run: (input, request) => {
          const prefix = input.optionalText("NamePrefix") ?? "";
          this.#authorize(request, "ListRules", this.#ruleArn("*"));
          return { Rules: [...this.#rules.values()].filter(({ name }) => name.startsWith(prefix)).map(shown) };
        },
      },
      PutTargets: {
        members: ["Rule", "EventBusName", "Targets"],
        run: (input, request) => this.#putTargets(input, request),
      },
      ListTargetsByRule: {
        members: ["Rule", "EventBusName"],
        run: (input, request) => {
          const { targets } = this.#ruleFor(input, request, "Rule");
          return { Targets: [...targets].map(([Id, target]) => ({ Id, ...shownTarget(target) })) };
        },
      },
      RemoveTargets: {
        members: ["Rule", "EventBusName", "Ids"],
        run: (input, request) => {
          const { targets } = this.#ruleFor(input, request, "Rule");
          for (const id of input.texts("Ids")) targets.delete(id);
          return { FailedEntryCount: 0, FailedEntries: [] };
        },
      },
      PutEvents: {
        members: ["Entries"],
        run: (input, request) => this.#putEvents(input, request),
      },
    };
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return runJsonOperation("events", this.#operations, request);
  }

  async close(): Promise<void> {
    for (const { timer } of this.#rules.values()) clearInterval(timer);
  }

  /** Fires a rule's schedule, now. */
  runSchedule(ruleName: string): void {
    const rule = this.#rules.get(ruleName);
    if (rule?.schedule === undefined) throw new Error(`There is no rule ${ruleName} with a schedule.`);
    const event = this.#complete({
      source: "aws.events",
      "detail-type": "Scheduled Event",
      resources: [rule.arn],
      detail: {},
    });
    if (rule.isEnabled) this.#deliver(rule, event);
  }

  /** An event of an AWS service (or a put one): goes to every rule that matches, without the caller waiting for it. */
  emit(event: NewEvent): EventBridgeEvent {
    const whole = this.#complete(event);
    for (const rule of this.#rules.values()) {
      if (rule.isEnabled && rule.matches(whole)) this.#deliver(rule, whole);
    }
    return whole;
  }

  #complete(event: NewEvent): EventBridgeEvent {
    return {
      version: "0",
      id: randomUUID(),
      "detail-type": event["detail-type"],
      source: event.source,
      account: this.#accountId,
      // EventBridge gives whole seconds.
      time: event.time ?? new Date((this.#options.now ?? Date.now)()).toISOString().replace(/\.\d+Z$/, "Z"),
      region: this.#region,
      resources: event.resources ?? [],
      detail: event.detail,
    };
  }

  /** Resolves when no delivery is under way. */
  async idle(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  #deliver(rule: Rule, event: EventBridgeEvent): void {
    for (const target of rule.targets.values()) {
      const { arn, input } = target;
      const payload: unknown = input === undefined ? event : JSON.parse(input);
      const delivery = this.#options
        .invokeTarget(arn, payload, rule.arn)
        .catch((error: unknown) => {
          this.failedDeliveries.push({ ruleName: rule.name, targetArn: arn, event, error });
          this.#sendDeadLetter(rule, target, payload, error);
        })
        .finally(() => this.#underway.delete(delivery));
      this.#underway.add(delivery);
    }
  }

  /** The event goes to the queue as it was; why it could not be delivered goes with it. */
  #sendDeadLetter(rule: Rule, { arn, deadLetterArn }: Target, payload: unknown, error: unknown): void {
    if (deadLetterArn === undefined) return;
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    const attributes = { RULE_ARN: rule.arn, TARGET_ARN: arn, ERROR_CODE: name, ERROR_MESSAGE: message };
    const sender = { service: "events.amazonaws.com", sourceArn: rule.arn, accountId: this.#accountId };
    try {
      this.#options.sendDeadLetter?.(deadLetterArn, { body: JSON.stringify(payload), attributes }, sender);
    } catch (cause) {
      this.failedDeliveries.push({
        ruleName: rule.name,
        targetArn: deadLetterArn,
        event: payload as EventBridgeEvent,
        error: cause,
      });
    }
  }

  #putRule(input: JsonInput, request: ApiRequest): unknown {
    const name = input.text("Name");
    const arn = this.#ruleArn(name);
    this.#authorize(request, "PutRule", arn);
    this.#refuseOtherBus(input);
    const [pattern, schedule] = [input.optionalText("EventPattern"), input.optionalText("ScheduleExpression")];
    if (pattern === undefined && schedule === undefined) {
      throw new AwsError("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.");
    }
    const matches = pattern === undefined ? () => false : eventPattern(pattern);
    const periodMs = schedule === undefined ? undefined : periodOf(schedule);
    clearInterval(this.#rules.get(name)?.timer);
    this.#rules.set(name, {
      name,
      arn,
      pattern,
      schedule,
      timer: periodMs === undefined ? undefined : setInterval(() => this.runSchedule(name), periodMs).unref(),
      description: input.optionalText("Description"),
      isEnabled: (input.optionalText("State") ?? "ENABLED") !== "DISABLED",
      matches,
      targets: this.#rules.get(name)?.targets ?? new Map(),
    });
    return { RuleArn: arn };
  }

  #putTargets(input: JsonInput, request: ApiRequest): unknown {
    const { targets } = this.#ruleFor(input, request, "Rule");
    const wanted = input.objects("Targets").map(targetOf);
    for (const { id, ...target } of wanted) targets.set(id, target);
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  #putEvents(input: JsonInput, request: ApiRequest): unknown {
    this.#authorize(request, "PutEvents", `arn:aws:events:${this.#region}:${this.#accountId}:event-bus/default`);
    const entries = input.objects("Entries").map(newEventOf);
    return { FailedEntryCount: 0, Entries: entries.map((entry) => ({ EventId: this.emit(entry).id })) };
  }

  #ruleFor(input: JsonInput, request: ApiRequest, member: "Name" | "Rule"): Rule {
    const name = input.text(member);
    this.#authorize(request, input.action, this.#ruleArn(name));
    this.#refuseOtherBus(input);
    const rule = this.#rules.get(name);
    if (rule === undefined)
      throw new AwsError("ResourceNotFoundException", `Rule ${name} does not exist on EventBus default.`);
    return rule;
  }

  #refuseOtherBus(input: JsonInput): void {
    const bus = input.optionalText("EventBusName") ?? "default";
    if (bus !== "default") throw new NotInPocketAwsError(`the event bus ${bus}`);
  }

  #ruleArn(name: string): string {
    return `arn:aws:events:${this.#region}:${this.#accountId}:rule/${name}`;
  }

  #authorize({ caller }: ApiRequest, action: string, resource: string): void {
    this.#options.authorizer.authorize({ caller, action: `events:${action}`, resource });
  }
}

function shown({ name, arn, pattern, schedule, description, isEnabled }: Rule): unknown {
  return {
    Name: name,
    Arn: arn,
    EventPattern: pattern,
    ScheduleExpression: schedule,
    Description: description,
    State: isEnabled ? "ENABLED" : "DISABLED",
    EventBusName: "default",
  };
}
