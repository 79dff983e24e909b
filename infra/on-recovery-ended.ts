import { Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";

/** What follows a failure is done outside of the machine: an execution that failed where it failed can be redriven there. */
export class OnRecoveryEnded extends Construct {
  constructor(scope: Construct, id: string, stateMachine: IStateMachine, onRecoveryEnded: IFunction) {
    super(scope, id);
    new Rule(this, "Rule", {
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
      targets: [new LambdaFunction(onRecoveryEnded)],
    });
  }
}
