import type { GuardName } from "../contracts.ts";
import type { Guard } from "./guard.ts";
import { iamDeny } from "./iam-deny.ts";
import { ssmFlag } from "./ssm-flag.ts";
import { tablePolicy } from "./table-policy.ts";

/** Every guard that there is. A new one is a file of its own and a line here. */
export const GUARDS: Readonly<Record<GuardName, Guard>> = {
  "ssm-flag": ssmFlag,
  "iam-deny": iamDeny,
  "table-policy": tablePolicy,
};

/** The guards of a recovery, in the order in which they are raised; they are lowered the other way round. */
export function guardsOf(names: readonly GuardName[]): Guard[] {
  return names.map((name) => GUARDS[name]);
}
