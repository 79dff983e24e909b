import { AwsError, type Caller, NotInPocketAwsError } from "../../service.ts";
import { controlPlaneRequest } from "../control-plane-requests.ts";
import type { Actions, Input, Output, Parts } from "../parts.ts";
import type { Exports } from "./exports.ts";

/** "The maximum number of results to return per page" of ListExports, also if nothing is said. */
const MAX_RESULTS = 25;

/** ExportTableToPointInTime, DescribeExport, ListExports. */
export function exportActions(parts: Parts, exports: Exports): Actions {
  return {
    ExportTableToPointInTime: async (caller, input) => {
      const request = controlPlaneRequest("ExportTableToPointInTime", input);
      const table = tableNameIn(parts, request.TableArn);
      parts.authorization.authorize({ caller, action: "ExportTableToPointInTime", table });
      if (request.S3SseAlgorithm === "KMS") throw new NotInPocketAwsError("S3SseAlgorithm KMS of an export");
      if (request.ExportFormat === "ION") throw new NotInPocketAwsError("ExportFormat ION of an export");
      if ((request.S3BucketOwner ?? caller.accountId) !== caller.accountId)
        throw new NotInPocketAwsError("S3BucketOwner: an export to another account");
      return { ExportDescription: (await exports.start(caller, table, request)).describe() };
    },
    DescribeExport: async (caller, input) => {
      const { ExportArn } = controlPlaneRequest("DescribeExport", input);
      parts.authorization.authorizeResource(caller, "DescribeExport", ExportArn);
      const found = (await exports.all()).find((one) => one.arn === ExportArn);
      if (found === undefined) throw new AwsError("ExportNotFoundException", `Export not found: ${ExportArn}`);
      return { ExportDescription: found.describe() };
    },
    ListExports: (caller, input) => listExports(parts, exports, caller, input),
  };
}

async function listExports(parts: Parts, exports: Exports, caller: Caller, input: Input): Promise<Output> {
  const { TableArn, MaxResults = MAX_RESULTS, NextToken } = controlPlaneRequest("ListExports", input);
  parts.authorization.authorizeResource(caller, "ListExports", "*");
  const wanted = (await exports.all()).filter((one) => TableArn === undefined || one.table.arn === TableArn);
  const start = NextToken === undefined ? 0 : wanted.findIndex((one) => one.arn === NextToken) + 1;
  const page = wanted.slice(start, start + MaxResults);
  const last = page.at(-1);
  return {
    ExportSummaries: page.map((one) => one.summary()),
    ...(last !== undefined && last !== wanted.at(-1) ? { NextToken: last.arn } : {}),
  };
}

function tableNameIn(parts: Parts, arn: string): string {
  const name = parts.authorization.tableNameIn(arn);
  if (name === undefined)
    throw new AwsError("ValidationException", `${arn} is not the ARN of a table of this account and Region`);
  return name;
}
