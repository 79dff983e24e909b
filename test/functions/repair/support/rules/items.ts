import { images, item, NOW } from "../items.ts";

import {
  accepting,
  byKeys,
  conflict,
  created,
  deleting,
  expiring,
  type PlanCase,
  plan,
  unchanged,
  update,
} from "./plan-case.ts";

/** Every row of the table of items. */
export const ITEM_ROWS: readonly PlanCase[] = [
  plan("before = after: the incident did not touch it", images({ a: 1 }, { a: 1 }, { a: 2 }), byKeys, unchanged),
  plan("before = after as decimals", images({ a: { N: "1.0" } }, { a: { N: "1" } }, { a: 2 }), byKeys, unchanged),
  plan("before = after, deleted since", images({ a: 1 }, { a: 1 }, null), byKeys, unchanged),
  plan("before and after absent, created since", images(null, null, { a: 1 }), deleting, unchanged),
  plan("present throughout: by attribute", images({ a: 1 }, { a: 2 }, { a: 2 }), byKeys, update({ a: 1 })),
  plan("present, all attributes left", images({ a: 1 }, { a: 2 }, { a: 1 }), byKeys, unchanged),
  plan("deleted, and back as it was", images({ a: 1 }, null, { a: 1 }), byKeys, unchanged),
  plan("deleted, and created otherwise since", images({ a: 1 }, null, { a: 2 }), byKeys, conflict("recreated")),
  plan("deleted", images({ a: 1 }, null, null), byKeys, { action: "put", item: item({ a: 1 }) }),
  plan("gone, after unknown", images({ a: 1 }, undefined, null), accepting, { action: "put", item: item({ a: 1 }) }),
  plan("deleted, TTL passed", images({ ttl: NOW }, null, null), expiring, { action: "expired" }),
  plan("deleted, TTL to come", images({ ttl: NOW + 1 }, null, null), expiring, { action: "put" }),
  plan("deleted, TTL of no number", images({ ttl: "soon" }, null, null), expiring, { action: "put" }),
  plan("updated, and deleted since", images({ a: 1 }, { a: 2 }, null), byKeys, conflict("deleted-since")),
  plan("created, reported", images(null, { a: 1 }, { a: 1 }), byKeys, created),
  plan("created, deleted by rule", images(null, { a: 1 }, { a: 1 }), deleting, {
    action: "delete",
    expected: item({ a: 1 }),
    absent: [],
    needsFreeze: true,
  }),
  plan("created, and written since", images(null, { a: 1 }, { a: 2 }), deleting, conflict("changed-since")),
  plan("created, and gained an attribute", images(null, { a: 1 }, { a: 1, b: 1 }), deleting, conflict("changed-since")),
  plan("created, after unknown", images(null, undefined, { a: 1 }), deleting, created),
  plan("created, and gone", images(null, { a: 1 }, null), deleting, unchanged),
  plan("absent throughout, after unknown", images(null, undefined, null), deleting, unchanged),
];
