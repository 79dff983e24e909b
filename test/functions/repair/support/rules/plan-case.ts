import type { Images } from "../../../../../functions/items/item.ts";
import type { Judgement } from "../../../../../functions/repair/judgement.ts";
import type { Repair } from "../../../../../functions/repair/repair.ts";
import type { GroupChoice, RepairRules } from "../../../../../functions/repair/rules.ts";
import { item, rules } from "../items.ts";

/** Fields that a repair must have; others are not looked at. */
export type Expected = Readonly<{ action?: Repair["action"] } & Record<string, unknown>>;

/** One line of the rules: what is known of an item, and what must be planned. Only the given fields are compared. */
export interface PlanCase {
  readonly title: string;
  readonly images: Images;
  readonly rules: RepairRules;
  readonly repair: Expected;
  /** What was found out beside the images. */
  readonly judgement?: Judgement;
}

export const byKeys = rules();
export const deleting = rules({ created: "delete" });
export const merging = rules({ conflicts: "merge" });
export const overwriting = rules({ conflicts: "overwrite" });
export const unselected = rules({ selection: "none" });
export const accepting = rules({ selection: "none", acceptMayLoseGoodWrites: true, created: "delete" });
export const versioned = rules({ versionAttribute: "v", created: "delete" });
export const expiring = rules({ ttlAttribute: "ttl" });

export function choosing(...groups: GroupChoice[]): RepairRules {
  return rules({ selection: "none", groups });
}
export const updatedA: GroupChoice = { kind: "updated", attributes: ["a"] };
export const deletedItems: GroupChoice = { kind: "deleted", attributes: [] };
export const createdItems: GroupChoice = { kind: "created", attributes: [] };

export const unchanged = { action: "unchanged" } as const;
export const created = { action: "created" } as const;
export function conflict(reason: (Repair & { action: "conflict" })["reason"], ...attributes: string[]): Expected {
  return { action: "conflict", reason, ...(attributes.length > 0 ? { attributes } : {}) };
}
export function update(set: Record<string, number>, ...remove: string[]): Expected {
  const { id: _, ...values } = item(set);
  return { action: "update", set: values, remove };
}

export function plan(title: string, what: Images, by: RepairRules, repair: Expected, judgement?: Judgement): PlanCase {
  return { title, images: what, rules: by, repair, ...(judgement ? { judgement } : {}) };
}

export const wide = Object.fromEntries(Array.from({ length: 151 }, (_, index) => [`a${index}`, index]));
export const widelyDamaged = Object.fromEntries(Object.keys(wide).map((name) => [name, -1]));
