import type { Images, Item } from "../items/item.ts";
import { decodeImage, decodeItem, encodeImage, encodeItem, type JsonItem } from "../items/item-json.ts";
import { changeOf } from "./change.ts";
import { groupId, type Signature, signatureOf } from "./group.ts";
import { decodeJudgement, encodeJudgement, type JsonJudgement, type Judgement } from "./judgement.ts";
import { planRepair } from "./plan-repair.ts";
import type { Repair } from "./repair.ts";
import { decodeRepair, encodeRepair, type JsonRepair } from "./repair-json.ts";
import type { RepairRules } from "./rules.ts";

/** What a person should know about an item before approving. */
export type PlanFlag = "delta" | "near-boundary" | "two-way";

/** One key of a plan: what is known, and what is to be done. The images stay, so that a choice can be planned again. */
export interface PlanEntry {
  readonly key: Item;
  readonly images: Images;
  readonly repair: Repair;
  /** What was found out beside the images; left out where nothing was asked. */
  readonly judgement?: Judgement;
  /** Id of the group that the change belongs to; left out, with its signature, where nothing is to be decided. */
  readonly group?: string;
  readonly signature?: Signature;
  readonly flags?: readonly PlanFlag[];
}

/** Plans one key; also used to plan it again with the groups that were chosen at approval. */
export function planEntry(key: Item, images: Images, rules: RepairRules, judgement: Judgement = {}): PlanEntry {
  const repair = planRepair(images, rules, judgement);
  // Groups are what a person may choose as damage: what a predicate or a person has spared is none of them.
  const isSpared = judgement.damaged === false || judgement.decision?.decision === "keep";
  const isOpen = repair.action !== "unchanged" && !isSpared;
  const change = isOpen ? changeOf(images, rules) : undefined;
  const signature = change && signatureOf(change, key, rules.keySchema);
  const flags = flagsOf(images, repair, rules);
  return {
    key,
    images,
    repair,
    ...(Object.keys(judgement).length > 0 ? { judgement } : {}),
    ...(signature ? { group: groupId(signature), signature } : {}),
    ...(flags.length > 0 ? { flags } : {}),
  };
}

/** The same key, planned with other rules: no evidence and no table is read. */
export function replanEntry(entry: PlanEntry, rules: RepairRules): PlanEntry {
  return planEntry(entry.key, entry.images, rules, entry.judgement);
}

function flagsOf(images: Images, repair: Repair, rules: RepairRules): PlanFlag[] {
  const computed = repair.action === "update" ? (repair.computed ?? []) : [];
  const isTwoWay =
    (repair.action === "conflict" && repair.reason === "two-way") ||
    (repair.action === "update" && repair.twoWay !== undefined);
  return [
    ...(computed.some((name) => rules.attributes?.delta?.includes(name)) ? (["delta"] as const) : []),
    ...(images.nearBoundary && repair.action !== "unchanged" ? (["near-boundary"] as const) : []),
    ...(isTwoWay ? (["two-way"] as const) : []),
  ];
}

/** A plan entry as it stands in a plan part. */
export interface JsonPlanEntry {
  readonly key: JsonItem;
  readonly images: Omit<Images, "before" | "after" | "live"> & {
    readonly before: JsonItem | null;
    readonly after?: JsonItem | null;
    readonly live: JsonItem | null;
  };
  readonly repair: JsonRepair;
  readonly judgement?: JsonJudgement;
  readonly group?: string;
  readonly signature?: Signature;
  readonly flags?: readonly PlanFlag[];
}

export function encodePlanEntry({ judgement, ...entry }: PlanEntry): JsonPlanEntry {
  const { before, after, live } = entry.images;
  return {
    ...entry,
    ...(judgement ? { judgement: encodeJudgement(judgement) } : {}),
    key: encodeItem(entry.key),
    images: {
      ...entry.images,
      before: encodeImage(before),
      ...(after === undefined ? {} : { after: encodeImage(after) }),
      live: encodeImage(live),
    } as JsonPlanEntry["images"],
    repair: encodeRepair(entry.repair),
  };
}

export function decodePlanEntry({ judgement, ...json }: JsonPlanEntry): PlanEntry {
  const { before, after, live } = json.images;
  return {
    ...json,
    ...(judgement ? { judgement: decodeJudgement(judgement) } : {}),
    key: decodeItem(json.key),
    images: {
      ...json.images,
      before: decodeImage(before),
      ...(after === undefined ? {} : { after: decodeImage(after) }),
      live: decodeImage(live),
    } as Images,
    repair: decodeRepair(json.repair),
  };
}
