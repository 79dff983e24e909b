import type { Places } from "../places.ts";
import type { Permission } from "./permission.ts";
import { type Stores, useBucketKey } from "./records.ts";
import { useTableKeys } from "./tables.ts";

/** Exports: DynamoDB writes the objects in the name of whoever asked for them. */
export function exportTables(places: Places, stores: Stores): Permission[] {
  const objects = `${stores.bucketArn}/recoveries/*/exports/*`;
  return [
    {
      reason: "Exports what changed in protected tables, once their PITR window reaches the time.",
      actions: ["dynamodb:ExportTableToPointInTime", "dynamodb:DescribeContinuousBackups"],
      resources: places.tableArns,
    },
    {
      reason: "The objects of an export are written in the name of whoever asked for it.",
      actions: ["s3:PutObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload"],
      resources: [objects],
      wildcard: EXPORTED,
    },
    {
      reason: "Sees that the exports of an earlier recovery are still there, by their manifests; no images of items.",
      actions: ["s3:GetObject"],
      resources: [`${objects}/manifest-*.json`],
      wildcard: EXPORTED,
    },
    {
      reason: "Lists nothing, but without it a missing object answers AccessDenied instead of NoSuchKey.",
      actions: ["s3:ListBucket"],
      resources: [stores.bucketArn],
    },
    useBucketKey(stores),
    useTableKeys(places.tableKeyArns),
    ...followExports(places),
  ];
}

/** Looks how far the exports are. */
export function followExports(places: Places): Permission[] {
  return [
    {
      reason: "Looks how far the exports of protected tables are.",
      actions: ["dynamodb:DescribeExport"],
      resources: places.tableArns.map((arn) => `${arn}/export/*`),
      wildcard: "AWS names exports when they are started.",
    },
  ];
}

const EXPORTED =
  "Exports stand below the recovery that asked for them, and recoveries are named when they are started.";
