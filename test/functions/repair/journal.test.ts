import { describe, expect, it } from "vitest";
import { checkSameJournal, imageAfter, journalText, parseJournal } from "../../../functions/repair/journal.ts";
import { planEntry } from "../../../functions/repair/plan-entry.ts";
import { images, item, KEY, rules } from "./support/items.ts";

const OF = { planHash: "abc", part: "0001" };
const update = planEntry(KEY, images({ a: 1, b: { B: Uint8Array.from([1]) } }, { a: 2 }, { a: 2, n: 1 }), rules());
const put = planEntry({ id: { S: "order-2" } }, images({ a: 1 }, null, null), rules());
const deletion = planEntry(KEY, images(null, { a: 1 }, { a: 1 }), rules({ created: "delete" }));
const conflict = planEntry(KEY, images({ a: 1 }, { a: 2 }, { a: 3 }), rules());

describe("the journal of a part", () => {
  it("holds the plan's image and what is meant to be written, for what is written alone", () => {
    const text = journalText([update, conflict, put], OF);

    expect(parseJournal(text)).toEqual({
      ...OF,
      entries: [
        { key: KEY, image: update.images.live, repair: update.repair },
        { key: { id: { S: "order-2" } }, image: null, repair: put.repair },
      ],
    });
  });

  it("is the same bytes on a rerun, and for another plan or other choices it is refused", () => {
    const mine = journalText([update, put], OF);

    expect(() => checkSameJournal(journalText([update, put], OF), mine, OF)).not.toThrow();
    for (const stored of [journalText([update], OF), journalText([update, put], { ...OF, planHash: "abd" })]) {
      expect(() => checkSameJournal(stored, mine, OF)).toThrow(
        expect.objectContaining({ name: "JournalMismatch", message: expect.stringContaining("0001") }),
      );
    }
  });

  it("tells how each repair leaves its item, for an undo to compare with", () => {
    const after = parseJournal(journalText([update, put, deletion], OF)).entries.map(imageAfter);

    expect(after).toEqual([item({ a: 1, b: { B: Uint8Array.from([1]) }, n: 1 }), item({ a: 1 }), null]);
  });
});
