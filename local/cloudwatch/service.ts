import type { ActingService } from "../iam/authorize-service.ts";
import { actionOf } from "../protocols/json.ts";
import { queryActionOf } from "../protocols/query.ts";
import { type ApiRequest, type ApiResponse, NotInPocketAwsError, type Service } from "../service.ts";
import { AlarmSettings, judge, metricOf } from "./alarm.ts";

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** CloudWatch looks at its alarms once a minute. */
const EVERY_MS = 60_000;

interface Alarm {
  readonly arn: string;
  readonly settings: AlarmSettings;
  readonly createdAt: number;
  state: AlarmState;
}

export interface CloudWatchOptions {
  readonly accountId?: string;
  readonly region?: string;
  readonly now?: () => number;
  /** Messages that the queue of this name shows now. */
  readonly visibleMessages: (queueName: string) => number;
  /** Publishes to a topic, as cloudwatch.amazonaws.com for this alarm. */
  readonly publish: (topicArn: string, subject: string, message: string, sender: ActingService) => void;
}

/** Alarms on exactly the metrics that our template's alarms name; a change of state goes to SNS. */
export class CloudWatchService implements Service {
  readonly signingName = "monitoring";
  /** What an alarm could not be told to, and why: on AWS it stands in the alarm's history. */
  readonly failedActions: { readonly alarmName: string; readonly action: string; readonly error: unknown }[] = [];
  readonly #options: CloudWatchOptions;
  readonly #accountId: string;
  readonly #region: string;
  readonly #alarms = new Map<string, Alarm>();
  readonly #invocations: { readonly functionName: string; readonly atMs: number; readonly isError: boolean }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(options: CloudWatchOptions) {
    this.#options = options;
    this.#accountId = options.accountId ?? "111122223333";
    this.#region = options.region ?? "us-east-1";
    this.#timer = setInterval(() => this.evaluateAlarms(), EVERY_MS).unref();
  }

  /** Alarms come from templates alone, and states are looked at past the API: nothing of ours calls CloudWatch. */
  async handle(request: ApiRequest): Promise<ApiResponse> {
    throw new NotInPocketAwsError(`the operation cloudwatch:${actionOf(request) || queryActionOf(request)}`);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
  }

  putMetricAlarm(settings: unknown): { readonly alarmArn: string } {
    const parsed = AlarmSettings.parse(settings);
    metricOf(parsed);
    for (const action of parsed.AlarmActions)
      if (!action.startsWith("arn:aws:sns:")) throw new NotInPocketAwsError(`the alarm action ${action}`);
    const arn = `arn:aws:cloudwatch:${this.#region}:${this.#accountId}:alarm:${parsed.AlarmName}`;
    const createdAt = this.#now();
    this.#alarms.set(parsed.AlarmName, { arn, settings: parsed, createdAt, state: "INSUFFICIENT_DATA" });
    return { alarmArn: arn };
  }

  /** Lambda tells of every invocation, each try of an event counted by itself. */
  invoked(functionName: string, isError: boolean): void {
    this.#invocations.push({ functionName, atMs: this.#now(), isError });
  }

  stateOf(alarmName: string): AlarmState {
    const alarm = this.#alarms.get(alarmName);
    if (!alarm) throw new Error(`There is no alarm ${alarmName}, but ${[...this.#alarms.keys()].join(", ")}.`);
    return alarm.state;
  }

  /** Looks at every alarm, as of a moment: an hour without data is told by asking for the moment an hour on. */
  evaluateAlarms(atMs = this.#now()): void {
    for (const alarm of this.#alarms.values()) {
      const value = this.#valueOf(alarm, atMs);
      // A period of which no part was watched says nothing: a new alarm waits for its first whole one.
      const isYoung = atMs - alarm.createdAt < alarm.settings.Period * 1000;
      if (value === undefined && isYoung) continue;
      const { state, reason } = judge(alarm.settings, value);
      if (state !== alarm.state) this.#change(alarm, state, reason, atMs);
    }
  }

  #valueOf({ settings }: Alarm, atMs: number): number | undefined {
    const { metric, of } = metricOf(settings);
    if (metric === "AWS/SQS ApproximateNumberOfMessagesVisible") return this.#options.visibleMessages(of);
    const from = atMs - settings.Period * 1000;
    const found = this.#invocations.filter(
      ({ functionName, atMs: at }) => functionName === of && at > from && at <= atMs,
    );
    // Lambda sends no datapoint for a time without invocations.
    if (found.length === 0) return undefined;
    return metric === "AWS/Lambda Invocations" ? found.length : found.filter(({ isError }) => isError).length;
  }

  #change(alarm: Alarm, state: AlarmState, reason: string, atMs: number): void {
    const before = alarm.state;
    alarm.state = state;
    if (state !== "ALARM") return;
    const { AlarmName, AlarmActions } = alarm.settings;
    const subject = `ALARM: "${AlarmName}" in ${this.#region}`.slice(0, 100);
    const message = JSON.stringify(this.#notification(alarm, before, reason, atMs));
    const sender = { service: "cloudwatch.amazonaws.com", sourceArn: alarm.arn, accountId: this.#accountId };
    for (const action of AlarmActions)
      try {
        this.#options.publish(action, subject, message, sender);
      } catch (error) {
        this.failedActions.push({ alarmName: AlarmName, action, error });
      }
  }

  /** As CloudWatch words it; it writes the Region's long name where this has its code. */
  #notification({ arn, settings }: Alarm, before: AlarmState, reason: string, atMs: number): object {
    const { AlarmName, AlarmDescription, AlarmActions, Dimensions, Namespace, MetricName, ...trigger } = settings;
    return {
      AlarmName,
      AlarmDescription,
      AWSAccountId: this.#accountId,
      NewStateValue: "ALARM",
      NewStateReason: reason,
      StateChangeTime: new Date(atMs).toISOString().replace("Z", "+0000"),
      Region: this.#region,
      AlarmArn: arn,
      OldStateValue: before,
      OKActions: [],
      AlarmActions,
      InsufficientDataActions: [],
      Trigger: {
        MetricName,
        Namespace,
        StatisticType: "Statistic",
        Statistic: trigger.Statistic.toUpperCase(),
        Dimensions: Dimensions.map(({ Name, Value }) => ({ value: Value, name: Name })),
        Period: trigger.Period,
        EvaluationPeriods: trigger.EvaluationPeriods,
        ComparisonOperator: trigger.ComparisonOperator,
        Threshold: trigger.Threshold,
        TreatMissingData: trigger.TreatMissingData,
      },
    };
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}
