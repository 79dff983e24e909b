import { PublishCommand } from "@aws-sdk/client-sns";
import type { Dependencies } from "./dependencies.ts";

/** Subjects of SNS: "must be ASCII text … less than 100 characters" (API_Publish). */
const MAX_SUBJECT = 99;

/** Tells people in plain sentences. Never an item's value: notifications leave the account. */
export async function notify(
  { aws, environment }: Pick<Dependencies, "aws" | "environment">,
  subject: string,
  lines: readonly string[],
): Promise<void> {
  await aws.sns.send(
    new PublishCommand({
      TopicArn: environment.NOTIFICATION_TOPIC_ARN,
      Subject: subject.replace(/[^\x20-\x7e]/g, "?").slice(0, MAX_SUBJECT),
      Message: lines.join("\n"),
    }),
  );
}
