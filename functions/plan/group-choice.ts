import type { GroupChoice as RequestedGroup } from "../contracts.ts";
import type { GroupChoice } from "../repair/rules.ts";

/** A group as a person names it, as the planner takes it: fields that were left out stay out. */
export function groupChoice({ kind, attributes, revert, keyShape }: RequestedGroup): GroupChoice {
  return {
    kind,
    attributes,
    ...(revert ? { revert } : {}),
    ...(keyShape === undefined ? {} : { keyShape }),
  };
}
