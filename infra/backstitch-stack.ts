import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Backstitch, type BackstitchProps } from "./backstitch.ts";

/** The stack of `backstitch.config.ts`: composes, defines nothing. */
export class BackstitchStack extends Stack {
  readonly backstitch: Backstitch;

  constructor(scope: Construct, id: string, config: BackstitchProps, props?: StackProps) {
    super(scope, id, { description: "Backstitch: takes back what a bug wrote to a live DynamoDB table", ...props });
    this.backstitch = new Backstitch(this, "Backstitch", config);
    const outputs = {
      StateMachineArn: this.backstitch.stateMachine.stateMachineArn,
      RecoveryBucketName: this.backstitch.recoveryBucket.bucketName,
      RecoveriesTableName: this.backstitch.recoveriesTable.tableName,
      NotificationTopicArn: this.backstitch.notificationTopic.topicArn,
      AnswerRecoveryFunctionName: this.backstitch.answerRecovery.functionName,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
