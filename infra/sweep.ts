import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { invokeByEvents } from "./invoked-by-events.ts";

/** Events are delivered as well as may be: what none told of is found by looking. */
export class Sweep extends Construct {
  constructor(scope: Construct, id: string, sweep: IFunction, deadLetters: IQueue) {
    super(scope, id);
    const rule = new Rule(this, "Rule", {
      description: "Looks after recoveries that are not over",
      schedule: Schedule.rate(Duration.minutes(5)),
    });
    invokeByEvents(rule, sweep, deadLetters);
  }
}
