import type { JsonOperation } from "../../protocols/json.ts";
import type { ApiRequest } from "../../service.ts";
import type { Executions } from "../executions.ts";
import type { MapRun } from "../map-runs.ts";
import { optional, PAGING, page, seconds } from "./paging.ts";

type Authorize = (request: ApiRequest, action: string, resource: string) => void;

/** Operations on Map Runs: what shows how far a Distributed Map has come. */
export function mapRunOperations(
  executions: Executions,
  mapRuns: ReadonlyMap<string, MapRun>,
  findMapRun: (arn: string) => MapRun,
  authorize: Authorize,
): Readonly<Record<string, JsonOperation>> {
  return {
    ListMapRuns: {
      members: ["executionArn", ...PAGING],
      run(input, request) {
        const arn = input.text("executionArn");
        authorize(request, "states:ListMapRuns", arn);
        const execution = executions.find(arn);
        const own = [...mapRuns.values()].filter((mapRun) => mapRun.executionArn === arn);
        const { items, next } = page(input, own);
        const listed = items.map((mapRun) => ({
          executionArn: arn,
          mapRunArn: mapRun.arn,
          stateMachineArn: execution.stateMachineArn,
          startDate: seconds(mapRun.startDate),
          ...optional({ stopDate: mapRun.stopDate === undefined ? undefined : seconds(mapRun.stopDate) }),
        }));
        return { mapRuns: listed, ...next };
      },
    },
    DescribeMapRun: {
      members: ["mapRunArn"],
      run(input, request) {
        const arn = input.text("mapRunArn");
        authorize(request, "states:DescribeMapRun", arn);
        const mapRun = findMapRun(arn);
        const counts = mapRun.counts();
        return {
          mapRunArn: arn,
          executionArn: mapRun.executionArn,
          status: mapRun.status,
          startDate: seconds(mapRun.startDate),
          maxConcurrency: mapRun.limits.maxConcurrency,
          toleratedFailureCount: mapRun.limits.toleratedFailureCount ?? 0,
          toleratedFailurePercentage: mapRun.limits.toleratedFailurePercentage ?? 0,
          itemCounts: counts,
          executionCounts: counts,
          redriveCount: mapRun.redriveCount,
          ...optional({
            stopDate: mapRun.stopDate === undefined ? undefined : seconds(mapRun.stopDate),
            redriveDate: mapRun.redriveDate === undefined ? undefined : seconds(mapRun.redriveDate),
          }),
        };
      },
    },
  };
}
