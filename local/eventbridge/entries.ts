import { AwsError, NotInPocketAwsError } from "../service.ts";
import type { NewEvent } from "./service.ts";

/** RetryPolicy and DeadLetterConfig say what happens when delivery fails, which it does not here unless the function does. */
const TARGET_MEMBERS = ["Id", "Arn", "Input", "RetryPolicy"];

/** A target of PutTargets, checked. */
export function targetOf(target: Record<string, unknown>): { id: string; arn: string; text: string | undefined } {
  const unknown = Object.keys(target).find((name) => !TARGET_MEMBERS.includes(name));
  if (unknown !== undefined) throw new NotInPocketAwsError(`the target member ${unknown} of events:PutTargets`);
  const [id, arn] = [String(target.Id), String(target.Arn)];
  if (!arn.startsWith("arn:aws:lambda:")) throw new NotInPocketAwsError(`the target ${arn}: only Lambda functions are`);
  return { id, arn, text: typeof target.Input === "string" ? target.Input : undefined };
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
