import { Rule } from "aws-cdk-lib/aws-events";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import { invokeByEvents } from "./invoked-by-events.ts";

/** What follows a failure is done outside of the machine: an execution that failed where it failed can be redriven there. */
export class OnRecoveryEnded extends Construct {
  constructor(
    scope: Construct,
    id: string,
    stateMachine: IStateMachine,
    onRecoveryEnded: IFunction,
    deadLetters: IQueue,
  ) {
    super(scope, id);
    const rule = new Rule(this, "Rule", {
      description: "A recovery failed, timed out or was stopped",
      eventPattern: {
        source: ["aws.states"],
        detailType: ["Step Functions Execution Status Change"],
        detail: {
          status: ["FAILED", "TIMED_OUT", "ABORTED"],
          // Exactly this one: children of its maps report as `<this ARN>/<label>`.
          stateMachineArn: [stateMachine.stateMachineArn],
        },
      },
    });
    invokeByEvents(rule, onRecoveryEnded, deadLetters);
  }
}
