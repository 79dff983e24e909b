import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { LastUpdated } from "../contracts.ts";
import { attributeOf, type Item } from "../items/item.ts";
import { InvalidKeys } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";

/** Clocks of applications differ by that much: what seems to be written a minute before the incident may be of it. */
const CLOCKS_DIFFER_SECONDS = 60;
/** A time that is written with an offset west of Greenwich is up to twelve hours smaller as text than in UTC. */
const WEST_OF_GREENWICH_SECONDS = 12 * 3600;
const HAS_ZONE = /\d(?:Z|[+-]\d{2}:?\d{2})$/i;
/** March 1973 in milliseconds: whoever is before that wrote seconds, or nothing that is a time. */
const HARDLY_MILLISECONDS = "100000000000";

/** Which items a Scan gives back, and which of those were written since the incident began. */
export interface WrittenSince {
  readonly FilterExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
  /** The exact answer for an item that passed the filter. */
  includes(item: Item): boolean;
}

export function lastUpdatedOf({ request }: Pick<Recovery, "request">): LastUpdated {
  const { keysFrom } = request;
  if (!keysFrom || !("timestamp" in keysFrom))
    throw new InvalidKeys('Request field keysFrom has no "timestamp": give one, or choose another key source.');
  return keysFrom.timestamp;
}

/**
 * Items whose time is not before the incident. There is no upper bound, since a good write of today moves the time on.
 * What can't be read as the declared time is included: the bug may have written it, and a key too many costs one look.
 */
export function writtenSince(recovery: Pick<Recovery, "request" | "restoreDateTime">): WrittenSince {
  const { attribute, format } = lastUpdatedOf(recovery);
  const since = recovery.restoreDateTime + 1 - CLOCKS_DIFFER_SECONDS;
  const names = { ExpressionAttributeNames: { "#time": attribute } };
  const otherType = "(attribute_exists(#time) AND NOT attribute_type(#time, :type))";
  if (format === "iso")
    return {
      ...names,
      FilterExpression: `#time >= :since OR ${otherType}`,
      ExpressionAttributeValues: {
        // The day alone: what follows it is written in many ways ("T" or a space, with and without fractions and zone).
        ":since": { S: new Date((since - WEST_OF_GREENWICH_SECONDS) * 1000).toISOString().slice(0, 10) },
        ":type": { S: "S" },
      },
      includes(item) {
        const text = attributeOf(item, attribute)?.S ?? "";
        // Without a zone it may be later than it seems, and a mere day ends a day later.
        const time = HAS_ZONE.test(text) ? Date.parse(text) : Number.NaN;
        return Number.isNaN(time) || time >= since * 1000;
      },
    };
  const inMilliseconds = format === "epochMilliseconds";
  return {
    ...names,
    FilterExpression: `#time >= :since OR ${otherType}${inMilliseconds ? " OR #time < :hardly" : ""}`,
    ExpressionAttributeValues: {
      ":since": { N: String(inMilliseconds ? since * 1000 : since) },
      ":type": { S: "N" },
      ...(inMilliseconds ? { ":hardly": { N: HARDLY_MILLISECONDS } } : {}),
    },
    includes: () => true,
  };
}
