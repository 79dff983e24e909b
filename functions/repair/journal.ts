import canonicalize from "canonicalize";
import { type Item, withoutAttributes } from "../items/item.ts";
import { decodeImage, decodeItem, encodeImage, encodeItem, type JsonItem } from "../items/item-json.ts";
import type { PlanEntry } from "./plan-entry.ts";
import { isWrite, type WritingRepair } from "./repair.ts";
import { decodeRepair, encodeRepair, type JsonRepair } from "./repair-json.ts";

/** What an item was just before we wrote it, by the plan, and what we mean to write. */
export interface JournalEntry {
  readonly key: Item;
  readonly image: Item | null;
  readonly repair: WritingRepair;
}

interface JsonJournal {
  readonly planHash: string;
  readonly part: string;
  readonly entries: readonly { readonly key: JsonItem; readonly image: JsonItem | null; readonly repair: JsonRepair }[];
}

/** Which part of which plan a journal is for. */
export interface JournalOf {
  readonly planHash: string;
  readonly part: string;
}

/** Thrown when a part's journal is there already and is another one: the plan or the choices are not those it was made for. */
export class JournalMismatchError extends Error {
  constructor({ planHash, part }: JournalOf) {
    super(
      `The journal of part ${part} of plan ${planHash} differs from what would be written now; nothing more was written. ` +
        "Start a new recovery, which plans from the table as it is.",
    );
    this.name = "JournalMismatch";
  }
}

/** The journal of a part: canonical JSON, so that a rerun makes the same bytes. Only what is written is in it. */
export function journalText(entries: readonly PlanEntry[], of: JournalOf): string {
  const json: JsonJournal = {
    planHash: of.planHash,
    part: of.part,
    entries: entries.flatMap(({ key, images, repair }) =>
      isWrite(repair) ? [{ key: encodeItem(key), image: encodeImage(images.live), repair: encodeRepair(repair) }] : [],
    ),
  };
  return canonicalize(json) ?? "";
}

/** Refuses to go on under a journal that is not the one this attempt would write. */
export function checkSameJournal(stored: string, mine: string, of: JournalOf): void {
  if (stored !== mine) throw new JournalMismatchError(of);
}

/** The entries of a stored journal. */
export function parseJournal(text: string): JournalOf & { readonly entries: readonly JournalEntry[] } {
  const { planHash, part, entries } = JSON.parse(text) as JsonJournal;
  return {
    planHash,
    part,
    entries: entries.flatMap(({ key, image, repair }) => {
      const decoded = decodeRepair(repair);
      return isWrite(decoded) ? [{ key: decodeItem(key), image: decodeImage(image), repair: decoded }] : [];
    }),
  };
}

/** The item as the repair leaves it, apart from the version, which the write itself counts up: the `after` of an undo. */
export function imageAfter({ image, repair }: Pick<JournalEntry, "image" | "repair">): Item | null {
  if (repair.action === "delete") return null;
  if (repair.action === "put") return repair.item;
  return { ...withoutAttributes(image ?? {}, new Set(repair.remove)), ...repair.set };
}
