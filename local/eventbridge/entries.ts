import { AwsError, NotInPocketAwsError } from "../service.ts";
import type { NewEvent } from "./service.ts";

const TARGET_MEMBERS = ["Id", "Arn", "Input", "RetryPolicy", "DeadLetterConfig"];

/** A target of a rule: a function, and the queue that gets what can't be delivered to it. */
export interface Target {
  readonly arn: string;
  readonly input: string | undefined;
  readonly deadLetterArn: string | undefined;
  readonly retryPolicy: Readonly<Record<string, unknown>> | undefined;
}

/** A target of PutTargets, checked. */
export function targetOf(target: Record<string, unknown>): Target & { readonly id: string } {
  const unknown = Object.keys(target).find((name) => !TARGET_MEMBERS.includes(name));
  if (unknown !== undefined) throw new NotInPocketAwsError(`the target member ${unknown} of events:PutTargets`);
  const [id, arn] = [String(target.Id), String(target.Arn)];
  if (!arn.startsWith("arn:aws:lambda:")) throw new NotInPocketAwsError(`the target ${arn}: only Lambda functions are`);
  return {
    id,
    arn,
    input: typeof target.Input === "string" ? target.Input : undefined,
    deadLetterArn: deadLetterArnOf(target.DeadLetterConfig),
    retryPolicy: retryPolicyOf(target.RetryPolicy),
  };
}

/** As ListTargetsByRule shows it, but for its id. */
export function shownTarget({ arn, input, deadLetterArn, retryPolicy }: Target): object {
  return {
    Arn: arn,
    Input: input,
    DeadLetterConfig: deadLetterArn === undefined ? undefined : { Arn: deadLetterArn },
    RetryPolicy: retryPolicy,
  };
}

function deadLetterArnOf(config: unknown): string | undefined {
  if (config === undefined) return undefined;
  const { Arn, ...rest } = config as Record<string, unknown>;
  if (Object.keys(rest).length > 0 || typeof Arn !== "string" || !Arn.startsWith("arn:aws:sqs:"))
    throw new AwsError("ValidationException", `DeadLetterConfig ${JSON.stringify(config)} needs the ARN of a queue.`);
  return Arn;
}

/** Checked and shown; nothing here waits for it, since no delivery fails in passing: what fails would fail again. */
function retryPolicyOf(policy: unknown): Readonly<Record<string, unknown>> | undefined {
  if (policy === undefined) return undefined;
  const { MaximumRetryAttempts = 185, MaximumEventAgeInSeconds = 86_400, ...rest } = policy as Record<string, unknown>;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) throw new NotInPocketAwsError(`${unknown} of a target's RetryPolicy`);
  const fits = (value: unknown, least: number, most: number) => Number(value) >= least && Number(value) <= most;
  if (!fits(MaximumRetryAttempts, 0, 185) || !fits(MaximumEventAgeInSeconds, 60, 86_400))
    throw new AwsError("ValidationException", `RetryPolicy ${JSON.stringify(policy)} is not valid.`);
  return { MaximumRetryAttempts, MaximumEventAgeInSeconds };
}

const ENTRY_MEMBERS = ["Source", "DetailType", "Detail", "Resources", "Time", "EventBusName"];

/** An entry of PutEvents, checked, as the event it stands for. */
export function newEventOf(entry: Record<string, unknown>): NewEvent {
  const unknown = Object.keys(entry).find((name) => !ENTRY_MEMBERS.includes(name));
  if (unknown !== undefined) throw new NotInPocketAwsError(`the entry member ${unknown} of events:PutEvents`);
  const { Source, DetailType, Detail, Resources, Time, EventBusName = "default" } = entry;
  if (EventBusName !== "default") throw new NotInPocketAwsError(`the event bus ${String(EventBusName)}`);
  if (typeof Source !== "string" || typeof DetailType !== "string" || typeof Detail !== "string") {
    throw new AwsError("ValidationException", "An entry needs Source, DetailType and Detail.");
  }
  if (Source.startsWith("aws."))
    throw new AwsError("NotAuthorizedForSourceException", `Not authorized for the source ${Source}.`);
  let detail: Record<string, unknown>;
  try {
    detail = JSON.parse(Detail) as Record<string, unknown>;
  } catch (cause) {
    throw new AwsError("MalformedDetail", `Detail is malformed: ${(cause as Error).message}.`);
  }
  return {
    source: Source,
    "detail-type": DetailType,
    detail,
    ...(Array.isArray(Resources) ? { resources: Resources.map(String) } : {}),
    ...(typeof Time === "number" ? { time: new Date(Time * 1000).toISOString() } : {}),
  };
}
