import { AwsError } from "../service.ts";
import { controlPlaneRequest } from "./control-plane-requests.ts";
import type { Action, Actions, Parts } from "./parts.ts";
import { changePolicy, policyText } from "./resource-policies.ts";
import type { Table } from "./tables.ts";

/** What hangs on a table: time to live, tags, streaming destinations, its resource policy. */
export function tableSettingActions(parts: Parts): Actions {
  return {
    DescribeTimeToLive: (caller, input) => {
      const { TableName } = controlPlaneRequest("DescribeTimeToLive", input);
      parts.authorization.authorize({ caller, action: "DescribeTimeToLive", table: TableName });
      const setting = parts.tables.existing(TableName).settings.timeToLive;
      return {
        TimeToLiveDescription: setting?.enabled
          ? { TimeToLiveStatus: "ENABLED", AttributeName: setting.attributeName }
          : { TimeToLiveStatus: "DISABLED" },
      };
    },
    UpdateTimeToLive: (caller, input) => {
      const { TableName, TimeToLiveSpecification: wanted } = controlPlaneRequest("UpdateTimeToLive", input);
      parts.authorization.authorize({ caller, action: "UpdateTimeToLive", table: TableName });
      const { settings } = parts.tables.active(TableName);
      if ((settings.timeToLive?.enabled ?? false) === wanted.Enabled)
        throw new AwsError("ValidationException", `TimeToLive is already ${wanted.Enabled ? "enabled" : "disabled"}`);
      settings.timeToLive = { attributeName: wanted.AttributeName, enabled: wanted.Enabled };
      return { TimeToLiveSpecification: wanted };
    },
    TagResource: (caller, input) => {
      const { ResourceArn, Tags } = controlPlaneRequest("TagResource", input);
      const table = authorizedTable(parts, caller, "TagResource", ResourceArn);
      for (const tag of Tags) table.settings.tags.set(tag.Key, tag.Value);
      return {};
    },
    ListTagsOfResource: (caller, input) => {
      const { ResourceArn } = controlPlaneRequest("ListTagsOfResource", input);
      const { tags } = authorizedTable(parts, caller, "ListTagsOfResource", ResourceArn).settings;
      return { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
    },
    DescribeKinesisStreamingDestination: (caller, input) => {
      const { TableName } = controlPlaneRequest("DescribeKinesisStreamingDestination", input);
      parts.authorization.authorize({ caller, action: "DescribeKinesisStreamingDestination", table: TableName });
      const { kinesisStreamArns } = parts.tables.existing(TableName).settings;
      return {
        TableName,
        KinesisDataStreamDestinations: kinesisStreamArns.map((StreamArn) => ({
          StreamArn,
          DestinationStatus: "ACTIVE",
        })),
      };
    },
    GetResourcePolicy: (caller, input) => {
      const { ResourceArn } = controlPlaneRequest("GetResourcePolicy", input);
      return policyText(authorizedTable(parts, caller, "GetResourcePolicy", ResourceArn));
    },
    PutResourcePolicy: (caller, input) => {
      const request = controlPlaneRequest("PutResourcePolicy", input);
      const table = authorizedTable(parts, caller, "PutResourcePolicy", request.ResourceArn);
      const revision = changePolicy(table, {
        text: request.Policy,
        expectedRevisionId: request.ExpectedRevisionId,
        nowMs: parts.now(),
        conditions: parts.conditions,
        mayBeChangedAgain: (document) =>
          request.ConfirmRemoveSelfResourceAccess === true ||
          parts.authorization.couldChangePolicy(caller, table, document),
      });
      return { RevisionId: revision };
    },
    DeleteResourcePolicy: (caller, input) => {
      const request = controlPlaneRequest("DeleteResourcePolicy", input);
      const table = authorizedTable(parts, caller, "DeleteResourcePolicy", request.ResourceArn);
      const revision = changePolicy(table, {
        text: undefined,
        expectedRevisionId: request.ExpectedRevisionId,
        nowMs: parts.now(),
        conditions: parts.conditions,
        mayBeChangedAgain: () => true,
      });
      return { RevisionId: revision };
    },
  };
}

function authorizedTable(parts: Parts, caller: Parameters<Action>[0], action: string, arn: string): Table {
  const name = parts.authorization.tableNameIn(arn);
  if (name === undefined)
    throw new AwsError("ValidationException", `${arn} is not the ARN of a table of this account and Region`);
  parts.authorization.authorize({ caller, action, table: name });
  return parts.tables.existing(name);
}
