import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { type ItemChange, logItemChange } from "../../../kit/index.ts";
import { LogsService } from "../../../local/logs/service.ts";
import { gatewayWith } from "../../local/gateway-with.ts";
import type { RecoveryWorld } from "../evidence/recovery-world.ts";

/** The log group of the application's change log. */
export const CHANGES = "/orders/changes";

/** CloudWatch Logs of the pocket AWS, with an application that writes its change log by the kit. */
export interface ChangeLog {
  readonly conditions: Awaited<ReturnType<typeof gatewayWith>>["conditions"];
  /** Queries that were started. */
  queries(): number;
  /** Sets the time of the lines that follow. */
  at(epochSeconds: number): void;
  write(...changes: readonly Partial<ItemChange>[]): void;
  /** Any line at all. */
  writeText(line: string, group?: string): void;
  close(): Promise<void>;
}

/** Starts it beside a world, whose steps it is given to; the time of its queries is the world's. */
export async function startChangeLog(world: RecoveryWorld): Promise<ChangeLog> {
  let service: LogsService | undefined;
  let atMs = world.nowMs;
  const pocket = await gatewayWith(
    (authorizer, conditions) => {
      service = new LogsService({ authorizer, conditions, now: () => atMs });
      return [service];
    },
    { logsQueryMs: 0 },
  );
  const logs = new CloudWatchLogsClient({ ...pocket.config(), maxAttempts: 3 });
  Object.assign(world.deps.aws, { logs });
  const writeText = (line: string, group = CHANGES) => service?.append(group, "stream", line);
  // A line of the application's other business: the group is there, whatever is logged of items.
  writeText("started");
  return {
    conditions: pocket.conditions,
    queries: () => pocket.requests.filter(({ action }) => action === "StartQuery").length,
    at(epochSeconds) {
      atMs = epochSeconds * 1000;
    },
    write(...changes) {
      for (const change of changes)
        logItemChange({ table: "orders", key: {}, action: "update", ...change }, (line) => writeText(line));
    },
    writeText,
    async close() {
      logs.destroy();
      await pocket.gateway.close();
    },
  };
}
