import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  type GetQueryResultsCommandOutput,
  StartQueryCommand,
  type StartQueryCommandInput,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Conditions } from "../../../../local/conditions.ts";
import { LogsService } from "../../../../local/logs/service.ts";
import { gatewayWith, type TestGateway } from "../../gateway-with.ts";

export const GROUP = "/orders/changes";

/** Logs behind the real gateway, with a clock of its own: queries take their time by it. */
export interface InsightsWorld {
  readonly pocket: TestGateway;
  readonly service: LogsService;
  readonly logs: CloudWatchLogsClient;
  nowMs: number;
  /** Logs lines a second apart, the first one at second 0. */
  log(...lines: readonly (string | object)[]): void;
  start(queryString: string, rest?: Partial<StartQueryCommandInput>): Promise<string>;
  results(queryId: string, nextToken?: string): Promise<GetQueryResultsCommandOutput>;
  /** Runs a query to its end; every row as an object, without its pointer. */
  query(queryString: string, rest?: Partial<StartQueryCommandInput>): Promise<Record<string, string>[]>;
  close(): Promise<void>;
}

export async function startInsightsWorld(overrides: Partial<Conditions> = {}): Promise<InsightsWorld> {
  let service: LogsService | undefined;
  const clock = { nowMs: 0 };
  const pocket = await gatewayWith((iam, conditions) => {
    service = new LogsService({ authorizer: iam, now: () => clock.nowMs, conditions });
    return [service];
  }, overrides);
  if (service === undefined) throw new Error("The gateway was started without the service.");
  const made = service;
  const logs = new CloudWatchLogsClient(pocket.config());
  const world: InsightsWorld = {
    pocket,
    service: made,
    logs,
    get nowMs() {
      return clock.nowMs;
    },
    set nowMs(ms) {
      clock.nowMs = ms;
    },
    log(...lines) {
      for (const line of lines) {
        made.append(GROUP, "stream", typeof line === "string" ? line : JSON.stringify(line));
        clock.nowMs += 1000;
      }
    },
    async start(queryString, rest = {}) {
      const input = { logGroupName: GROUP, startTime: 0, endTime: 1_000_000, queryString, ...rest };
      const { queryId = "" } = await logs.send(new StartQueryCommand(input));
      return queryId;
    },
    async results(queryId, nextToken) {
      return logs.send(new GetQueryResultsCommand({ queryId, nextToken }));
    },
    async query(queryString, rest) {
      const queryId = await world.start(queryString, rest);
      clock.nowMs += pocket.conditions.logsQueryMs;
      const { results = [] } = await world.results(queryId);
      return results.map((row) =>
        Object.fromEntries(row.flatMap(({ field = "", value = "" }) => (field === "@ptr" ? [] : [[field, value]]))),
      );
    },
    async close() {
      logs.destroy();
      await pocket.gateway.close();
    },
  };
  return world;
}
