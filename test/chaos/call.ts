/** A request of one of our functions, as the faults and the watch see it. */
import type { Intercepted } from "../../local/interception.ts";
import type { ApiResponse } from "../../local/service.ts";
import { type Item, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";

export interface Call extends Intercepted {
  /** Of the calling role, which is named after its function: `backstitch-apply-part`. */
  readonly role: string;
  /** Which of its role's requests in this run; 1 = the first. */
  readonly ofRole: number;
}

/** Acts around one call; `undefined` lets it pass. */
export type Around = (call: Call, proceed: () => Promise<ApiResponse>) => Promise<ApiResponse> | undefined;

export const WRITERS: readonly string[] = ["backstitch-repair-trial", "backstitch-apply-part"];

/** What a write to an item says, as far as anybody here asks. */
export interface ItemWrite {
  readonly TableName: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
}

/** A write of one item of the protected table; undefined: the call is something else. */
export function tableWrite({
  service,
  action,
  request,
}: Pick<Call, "service" | "action" | "request">): ItemWrite | undefined {
  if (service !== "dynamodb" || !/^(Put|Update|Delete)Item$/.test(action)) return undefined;
  const write = bodyOf<ItemWrite>(request.body);
  return write?.TableName.split("/").at(-1) === ORDERS_TABLE ? write : undefined;
}

export function bodyOf<Body>(body: Buffer): Body | undefined {
  try {
    return JSON.parse(body.toString("utf8")) as Body;
  } catch {
    return undefined;
  }
}
