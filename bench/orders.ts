/** The tables that are measured: orders of one shape, and what the bug makes of one attribute of each. */
import { seededRandom } from "../local/conditions.ts";
import { type Item, keyItem, newOrder, type OrderKey, tenantName } from "../local/demo/orders.ts";

const ORDERS_A_TENANT = 80;

export interface MeasuredOrders {
  readonly count: number;
  /** Bytes of a text that is added to every order; 0 leaves the demo's own 300 bytes or so. */
  readonly paddingBytes: number;
}

export function orderKey(index: number): OrderKey {
  return { tenant: tenantName(1 + Math.floor(index / ORDERS_A_TENANT)), order: String(index).padStart(7, "0") };
}

/** The same order for the same index, whoever asks: writers in other threads need no copy of the table. */
export function goodOrder(index: number, paddingBytes: number): Item {
  const order = newOrder(orderKey(index), seededRandom(index));
  return paddingBytes > 0 ? { ...order, scan: { S: "x".repeat(paddingBytes) } } : order;
}

/** What the bug writes over the total. */
export function wrongTotal(index: number): Item[string] {
  return { S: `NaN-${index}` };
}

/** A line of the uploaded list of keys. */
export function keyLine(index: number): string {
  const { pk, sk } = keyItem(orderKey(index));
  return JSON.stringify({ pk: pk?.S, sk: sk?.S });
}
