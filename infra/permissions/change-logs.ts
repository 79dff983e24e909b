import type { Places } from "../places.ts";
import { NO_RESOURCE, type Permission } from "./permission.ts";

/** Sees whether the change logs reach back to the incident. */
export function inspectChangeLogs(places: Places): Permission {
  return {
    reason: "Sees since when each change log is kept, and for how long.",
    actions: ["logs:DescribeLogGroups"],
    resources: places.changeLogGroupArns.length > 0 ? [places.logGroupsArn] : [],
    wildcard: "Log groups are found by the beginning of their name; no line can be read by it.",
  };
}

/** Finds the keys of changes that applications logged. */
export function queryChangeLogs(places: Places): Permission[] {
  const { changeLogGroupArns } = places;
  return [
    {
      reason: "Looks through the change logs that the configuration names.",
      actions: ["logs:StartQuery"],
      resources: changeLogGroupArns,
      wildcard: "Every stream of these log groups.",
    },
    {
      reason: "Reads what its queries found, and stops those that take too long.",
      actions: ["logs:GetQueryResults", "logs:StopQuery"],
      resources: changeLogGroupArns.length > 0 ? ["*"] : [],
      wildcard: NO_RESOURCE,
    },
  ];
}
