import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  Stats,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Aws } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import type { Places } from "./places.ts";

export interface AlarmsProps {
  readonly places: Places;
  readonly topic: ITopic;
  readonly deadLetters: IQueue;
  readonly onRecoveryEnded: IFunction;
  readonly sweep: IFunction;
}

/** Who watches the watch: its errors, what it could not deal with, and its silence are told to people by CloudWatch. */
export class Alarms extends Construct {
  readonly #names: string[] = [];
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    const { deadLetters, onRecoveryEnded, sweep, topic } = props;
    this.#add(
      "DeadLetters",
      deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: Stats.MAXIMUM }),
      {
        alarmDescription: `Events of Backstitch that nobody dealt with are in queue ${deadLetters.queueName}: read them, look at the tables they name, and delete them.`,
        ...MORE_THAN_NONE,
      },
    );
    this.#add(
      "OnRecoveryEndedErrors",
      onRecoveryEnded.metricErrors({ period: Duration.minutes(5), statistic: Stats.SUM }),
      {
        alarmDescription: `${onRecoveryEnded.functionName} failed: a recovery has ended and people may not have been told. It is tried twice more, then the sweep finds it.`,
        ...MORE_THAN_NONE,
      },
    );
    this.#add("SweepErrors", sweep.metricErrors({ period: Duration.minutes(5), statistic: Stats.SUM }), {
      alarmDescription: `${sweep.functionName} failed: some recovery may be frozen, failed or left over with nobody told. Its log says which.`,
      ...MORE_THAN_NONE,
    });
    this.#add("SweepSilent", sweep.metricInvocations({ period: Duration.hours(1), statistic: Stats.SUM }), {
      alarmDescription: `${sweep.functionName} did not run for an hour: a table may be frozen with nobody told. Is its rule enabled?`,
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      // A function that is not invoked has no metric.
      treatMissingData: TreatMissingData.BREACHING,
    });
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsOfBackstitch",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [topic.topicArn],
        conditions: {
          ArnEquals: { "aws:SourceArn": this.#names.map((name) => props.places.alarmArn(name)) },
          StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID },
        },
      }),
    );
  }

  #add(id: string, metric: IMetric, props: Omit<AlarmProps, "metric" | "evaluationPeriods" | "alarmName">): void {
    const { places, topic } = this.#props;
    const alarm = new Alarm(this, id, { alarmName: places.named(id), metric, evaluationPeriods: 1, ...props });
    alarm.addAlarmAction(new SnsAction(topic));
    this.#names.push(id);
  }
}

const MORE_THAN_NONE = {
  threshold: 0,
  comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  treatMissingData: TreatMissingData.NOT_BREACHING,
} as const;
