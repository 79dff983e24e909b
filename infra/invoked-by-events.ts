import { Duration } from "aws-cdk-lib";
import type { Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { EventInvokeConfig, type IFunction } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import type { IQueue } from "aws-cdk-lib/aws-sqs";

/**
 * Lets a rule invoke a function so that no event is lost in silence: what EventBridge can't deliver and what the function
 * fails at three times goes to the same queue. The function's role must be let in there (`permissionsOf`).
 */
export function invokeByEvents(rule: Rule, invoked: IFunction, deadLetters: IQueue): void {
  rule.addTarget(
    new LambdaFunction(invoked, { deadLetterQueue: deadLetters, retryAttempts: 185, maxEventAge: Duration.hours(24) }),
  );
  new EventInvokeConfig(rule, "Invocations", {
    function: invoked,
    retryAttempts: 2,
    maxEventAge: Duration.hours(6),
    onFailure: new SqsDestination(deadLetters),
  });
}
