import { type Approval, approvalRecord } from "../answers/records.ts";
import { Rules } from "../contracts.ts";
import type { RepairRules } from "../repair/rules.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { MissingResult } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";
import { namesIn } from "./computed-attributes.ts";
import { groupChoice } from "./group-choice.ts";

interface RoundRules {
  readonly rules: Rules;
  /** Epoch seconds against which TTL is judged: one moment for all parts of a round, so that its hash is stable. */
  readonly now: number;
}

/** The rules of a round: the request's in the first, those of the replan in a later one; fixed by whoever asks first. */
export async function roundRules(recovery: Recovery, round: number, deps: Dependencies): Promise<RoundRules> {
  const record = `rules#${String(round).padStart(4, "0")}`;
  const kept = await deps.recoveries.get<RoundRules>(recovery.recoveryId, record);
  if (kept) return kept;
  const rules = await rulesOf(recovery, round, deps);
  const made: RoundRules = { rules, now: Math.floor(deps.now().getTime() / 1000) };
  if (await deps.recoveries.putOnce(recovery.recoveryId, record, made)) return made;
  return roundRules(recovery, round, deps);
}

async function rulesOf({ recoveryId, request }: Recovery, round: number, deps: Dependencies): Promise<Rules> {
  if (round === 1) {
    const { attributes, conflicts, created, groups, damagedWhen } = request;
    return {
      conflicts,
      created,
      ...(attributes ? { attributes } : {}),
      ...(groups ? { groups } : {}),
      ...(damagedWhen === undefined ? {} : { damagedWhen }),
    };
  }
  const replan = await deps.recoveries.get<Approval>(recoveryId, approvalRecord(round - 1));
  if (replan?.answer !== "replan" || !replan.rules)
    throw new MissingResult(
      `Recovery "${recoveryId}" has no rules for round ${round}: the answer of round ${round - 1} is ${replan?.answer ?? "missing"}.`,
    );
  return Rules.parse(replan.rules);
}

/** The planner's rules: those of the round, what the table says, and what the approver chose, where he has. */
export function repairRules(recovery: Recovery, { rules, now }: RoundRules, approval?: Approval): RepairRules {
  const { table, keySchema, ttlAttribute } = recovery;
  const groups = approval?.groups ?? rules.groups?.map(groupChoice);
  const attributes = attributeRules(rules);
  return {
    keySchema,
    conflicts: rules.conflicts,
    created: rules.created,
    selection: selectionOf(recovery),
    acceptMayLoseGoodWrites: approval?.accept === "may-lose-good-writes",
    now,
    ...(attributes ? { attributes } : {}),
    ...(rules.damagedWhen === undefined ? {} : { damagedWhen: true }),
    ...(recovery.backupArn === undefined ? {} : { beforeIsOlder: true }),
    ...(recovery.request.deleteOnly ? { deleteOnly: true } : {}),
    ...(groups ? { groups } : {}),
    ...(table.versionAttribute === undefined ? {} : { versionAttribute: table.versionAttribute }),
    ...(ttlAttribute === undefined ? {} : { ttlAttribute }),
  };
}

/** Computed attributes are named, so they are among `only`; and where nothing else is, they alone are meant. */
function attributeRules(rules: Rules): RepairRules["attributes"] {
  if (!rules.attributes) return undefined;
  const { only, except, delta, set } = rules.attributes;
  const named = namesIn(rules);
  return {
    ...(only || named.length > 0 ? { only: [...new Set([...(only ?? []), ...named])] } : {}),
    ...(except ? { except } : {}),
    ...(delta ? { delta } : {}),
    ...(set ? { set: Object.keys(set) } : {}),
  };
}

/** A list says which items are damaged, and an undo takes back all of it; other sources only say where to look. */
function selectionOf({ keySource, undoOf, request }: Recovery): RepairRules["selection"] {
  if (undoOf !== undefined || keySource === "list" || keySource === "s3") return "keys";
  return request.tenants ? "tenants" : "none";
}
