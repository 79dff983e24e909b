import { beforeEach, describe, expect, it } from "vitest";
import { type Item, keyText, newOrder, type OrderKey } from "../../../local/demo/orders.ts";
import { Truth } from "../../../local/demo/truth.ts";

const key: OrderKey = { tenant: "t001", order: "1" };
const order = newOrder(key, () => 0.5);
const id = keyText(key);

describe("the demo's truth", () => {
  let truth: Truth;
  beforeEach(() => {
    truth = new Truth();
    truth.seeded(key, order);
  });
  const judge = (...items: [string, Item][]) => truth.judge(new Map(items));

  it("finds nothing in a table that is as it should be, whatever its versions", () => {
    const verdict = judge([id, { ...order, version: { N: "99" } }]);

    expect(verdict).toEqual({ damaged: 0, damagedLeft: [], goodWrites: 0, goodWritesLost: [], undecidable: [] });
  });

  it("finds damage that is left", () => {
    truth.damaged(key, "updated", ["total", "currency"]);

    expect(judge([id, { ...order, total: { S: "NaN" } }]).damagedLeft).toEqual([id]);
  });

  it("finds an order that stayed deleted, and a ghost that stayed", () => {
    truth.damaged(key, "deleted", []);
    truth.damaged({ tenant: "t001", order: "ghost" }, "created", []);

    expect(judge(["TENANT#t001/ORDER#ghost", order]).damagedLeft.toSorted()).toEqual([id, "TENANT#t001/ORDER#ghost"]);
  });

  it("finds a good write that is lost", () => {
    truth.damaged(key, "updated", ["total", "currency"]);
    truth.wroteWell(key, { note: { S: "called" } });

    expect(judge([id, order]).goodWritesLost).toEqual([`${id} note`]);
  });

  it("counts an item as undecidable once a good write met the bug's own attribute, and keeps that write", () => {
    truth.damaged(key, "updated", ["total", "currency"]);
    truth.wroteWell(key, { total: { N: "5" } });
    const { currency: _lost, ...left } = order;

    const kept = judge([id, { ...left, total: { N: "5" } }]);
    const overwritten = judge([id, order]);

    expect(kept).toMatchObject({ damagedLeft: [], goodWritesLost: [], undecidable: [id] });
    expect(overwritten.goodWritesLost).toEqual([`${id} total`]);
  });

  it("lets a correction by hand stand, and leaves nothing to decide about it", () => {
    truth.damaged(key, "updated", ["total", "currency"]);
    truth.corrected(key, { total: { N: "5" } });

    expect(judge([id, { ...order, total: { N: "5" } }])).toMatchObject({ damagedLeft: [], undecidable: [] });
    expect(judge([id, order]).goodWritesLost).toEqual([`${id} total`]);
  });

  it("wants what is gone for good to stay away, and what was created anew to stay as it is", () => {
    const anew: Item = { ...order, note: { S: "typed in again" } };
    truth.gone(key);
    expect(judge().damagedLeft).toEqual([]);
    expect(judge([id, order]).damagedLeft).toEqual([id]);

    truth.damaged(key, "deleted", []);
    truth.replaced(key, anew);
    expect(judge([id, anew])).toMatchObject({ damaged: 0, damagedLeft: [], goodWritesLost: [] });
    expect(judge([id, order]).goodWritesLost).toContain(`${id} note`);
  });

  it("blames us for an item that nobody damaged and that is wrong", () => {
    expect(judge([id, { ...order, status: { S: "wrong" } }]).damagedLeft).toEqual([id]);
  });
});
