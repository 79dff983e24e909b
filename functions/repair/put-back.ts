import { itemEquals } from "../items/equality.ts";
import type { Item } from "../items/item.ts";
import { partitionKeyName } from "../items/key.ts";
import { memberOf, readItem, sendWrite, type WriteContext } from "./item-writer.ts";
import type { Verdict } from "./outcome.ts";
import { refusalOf } from "./refusal.ts";
import { MAX_TRIES, pauseBefore, WriteUnansweredError } from "./tries.ts";

/**
 * Puts back an item that was deleted although it held something that the plan had not seen. To the byte, version
 * included: nobody but us has seen it gone.
 */
export async function putBack(key: Item, image: Item, context: WriteContext): Promise<Verdict> {
  const isBack: Verdict = { outcome: "conflict", reason: "put-back", image };
  const refused: Verdict = { outcome: "conflict", reason: "put-back-refused", image };
  let cause: unknown;
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    if (tries > 1) await context.pause(pauseBefore(tries));
    try {
      await sendWrite({ command: "PutItem", input: inputOf(image, context) }, context);
      return isBack;
    } catch (error) {
      cause = error;
      const refusal = refusalOf(error);
      if (refusal === "permanent" || refusal === "unwritable") throw error;
      if (refusal === "not-done-yet") continue;
      const item = memberOf(error, "Item") ?? (await readItem(key, context));
      if (item !== null) return itemEquals(item, image) ? isBack : refused;
    }
  }
  throw new WriteUnansweredError("put-back", context.table, { cause });
}

function inputOf(image: Item, { table, keySchema }: WriteContext) {
  return {
    TableName: table,
    Item: image,
    ConditionExpression: "attribute_not_exists(#n0)",
    ExpressionAttributeNames: { "#n0": partitionKeyName(keySchema) },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  } as const;
}
