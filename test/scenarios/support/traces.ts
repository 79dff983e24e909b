/** Everything that is said of a recovery outside of the table and the bucket: where no item's value may be found. */
import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import { paginateScan } from "@aws-sdk/client-dynamodb";
import { DescribeExecutionCommand, ListMapRunsCommand, paginateListExecutions } from "@aws-sdk/client-sfn";
import type { DeployedPocketAws } from "../../support/deployed-pocket-aws.ts";

export interface Traces {
  /** Histories of all executions, children of maps included, and what EventBridge says of them: input, output, cause. */
  readonly histories: readonly unknown[];
  readonly logLines: readonly string[];
  readonly notifications: readonly unknown[];
  readonly records: readonly unknown[];
}

export async function tracesOf(stage: DeployedPocketAws): Promise<Traces> {
  return {
    histories: await everyHistory(stage),
    logLines: await everyLogLine(stage),
    notifications: stage.aws.services.sns.messages,
    records: await everyRecord(stage),
  };
}

async function everyHistory(stage: DeployedPocketAws): Promise<unknown[]> {
  const found: unknown[] = [];
  const { StateMachineArn: stateMachineArn } = stage.outputs;
  for await (const { executions = [] } of paginateListExecutions({ client: stage.sfn }, { stateMachineArn }))
    for (const { executionArn = "" } of executions) {
      found.push(...(await oneHistory(stage, executionArn)));
      const { mapRuns = [] } = await stage.sfn.send(new ListMapRunsCommand({ executionArn }));
      for (const { mapRunArn } of mapRuns)
        for await (const page of paginateListExecutions({ client: stage.sfn }, { mapRunArn }))
          for (const child of page.executions ?? []) found.push(...(await oneHistory(stage, child.executionArn ?? "")));
    }
  return found;
}

async function oneHistory(stage: DeployedPocketAws, executionArn: string): Promise<unknown[]> {
  const { $metadata: _call, ...execution } = await stage.sfn.send(new DescribeExecutionCommand({ executionArn }));
  return [execution, ...(await stage.history(executionArn))];
}

async function everyLogLine(stage: DeployedPocketAws): Promise<string[]> {
  const client = new CloudWatchLogsClient(stage.aws.clientConfig());
  const lines: string[] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {}))
    for (const { logGroupName } of logGroups)
      for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName }))
        lines.push(...events.map(({ message = "" }) => message));
  client.destroy();
  return lines;
}

async function everyRecord(stage: DeployedPocketAws): Promise<unknown[]> {
  const records: unknown[] = [];
  const { RecoveriesTableName: TableName } = stage.outputs;
  for await (const { Items = [] } of paginateScan({ client: stage.dynamodb }, { TableName })) records.push(...Items);
  return records;
}
