import { attributeOf, type Item } from "../items/item.ts";

/** "DynamoDB doesn't delete items whose expiration is more than five years in the past." */
const FIVE_YEARS_SECONDS = 5 * 365 * 24 * 60 * 60;

/** True if TTL would take the item (or has taken it): it must not be raised from the dead. */
export function hasExpired(item: Item, ttlAttribute: string | undefined, nowSeconds: number): boolean {
  if (ttlAttribute === undefined) return false;
  // Other types than numbers never expire.
  const expiry = Number(attributeOf(item, ttlAttribute)?.N);
  return expiry <= nowSeconds && expiry > nowSeconds - FIVE_YEARS_SECONDS;
}
