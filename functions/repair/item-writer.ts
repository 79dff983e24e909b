import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Item } from "../items/item.ts";
import type { KeySchema } from "../items/key.ts";
import type { GuardedWrite } from "./guard.ts";
import { refusalOf } from "./refusal.ts";
import { MAX_TRIES, pauseBefore, WriteUnansweredError } from "./tries.ts";

/**
 * What the writer needs of a DynamoDBClient. It must be made with `maxAttempts: 1`: a client that sends again by itself
 * takes the failed guard of its own second try for somebody else's write.
 */
export interface ItemClient {
  send(
    command: UpdateItemCommand | PutItemCommand | DeleteItemCommand | GetItemCommand,
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<unknown>;
}

/** Where and how one attempt writes. */
export interface WriteContext {
  readonly client: ItemClient;
  readonly table: string;
  readonly keySchema: KeySchema;
  readonly ttlAttribute?: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Waits before something is sent again. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** The answer to a guarded write: the old item of a delete, where there was one. */
export interface WriteAnswer {
  readonly old: Item | null;
}

/** Sends a guarded write once. */
export async function sendWrite({ command, input }: GuardedWrite, context: WriteContext): Promise<WriteAnswer> {
  const options = context.signal ? { abortSignal: context.signal } : {};
  if (command === "UpdateItem") await context.client.send(new UpdateItemCommand(input), options);
  if (command === "PutItem") await context.client.send(new PutItemCommand(input), options);
  if (command !== "DeleteItem") return { old: null };
  const answer = await context.client.send(new DeleteItemCommand(input), options);
  return { old: memberOf(answer, "Attributes") };
}

/** The item as it is now, strongly consistent. A read may be sent again without a thought. */
export async function readItem(key: Item, context: WriteContext): Promise<Item | null> {
  for (let tries = 1; ; tries += 1) {
    if (tries > 1) await context.pause(pauseBefore(tries));
    const command = new GetItemCommand({ TableName: context.table, Key: key, ConsistentRead: true });
    try {
      return memberOf(
        await context.client.send(command, context.signal ? { abortSignal: context.signal } : {}),
        "Item",
      );
    } catch (error) {
      const refusal = refusalOf(error);
      const isTransient = refusal === "not-done-yet" || refusal === "unanswered";
      if (!isTransient || context.signal?.aborted) throw error;
      if (tries === MAX_TRIES) throw new WriteUnansweredError("read", context.table, { cause: error });
    }
  }
}

/** An item that an answer or an error carries. */
export function memberOf(answer: unknown, member: "Attributes" | "Item"): Item | null {
  if (typeof answer !== "object" || answer === null) return null;
  const value = (answer as Partial<Record<typeof member, Record<string, AttributeValue>>>)[member];
  return value ?? null;
}
