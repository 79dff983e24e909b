import { Aws } from "aws-cdk-lib";
import type { Places } from "../places.ts";
import { NO_RESOURCE, type Permission } from "./permission.ts";

/** Finds out, and changes nothing. */
export function inspectTables(places: Places): Permission[] {
  return [
    {
      reason: "Reads how each table is protected; an unknown one is answered with the likely name.",
      actions: ["ssm:GetParameter", "ssm:GetParametersByPath"],
      resources: [places.tablesPathArn, `${places.tablesPathArn}/*`],
      wildcard: "The table that a request names may not be protected; only this path can be read.",
    },
    {
      reason: "Key schema, stream, replicas, time to live, PITR window, Kinesis consumers.",
      actions: [
        "dynamodb:DescribeTable",
        "dynamodb:DescribeTimeToLive",
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeKinesisStreamingDestination",
      ],
      resources: places.tableArns,
    },
    {
      reason: "Names the nearest older backup where a time is before the PITR window.",
      actions: ["dynamodb:ListBackups"],
      resources: ["*"],
      wildcard: NO_RESOURCE,
    },
    {
      reason: "Finds the backup that a request names.",
      actions: ["dynamodb:DescribeBackup"],
      resources: places.backupArns,
      wildcard: BACKUPS,
    },
    {
      reason: "Names the functions that every write of the repair will trigger.",
      actions: ["lambda:ListEventSourceMappings"],
      resources: ["*"],
      wildcard: NO_RESOURCE,
    },
    {
      reason: "iam-deny: application roles exist and can be changed.",
      actions: ["iam:GetRole"],
      resources: places.tablesWith("iam-deny").flatMap(({ applicationRoleArns }) => applicationRoleArns),
    },
    {
      reason: "iam-deny: how many policies a role may have in this account.",
      actions: ["iam:GetAccountSummary"],
      resources: places.tablesWith("iam-deny").length > 0 ? ["*"] : [],
      wildcard: NO_RESOURCE,
    },
  ];
}

/** Sees that a name is free for a restored table. */
export function lookForRestoredTables(places: Places): Permission {
  return {
    reason: "Refuses the name of an execution whose restored tables are there already.",
    actions: ["dynamodb:DescribeTable"],
    resources: places.restoredTableArns,
    wildcard: RESTORED,
  };
}

/** What DynamoDB's guide calls the least that a principal needs on the customer managed key of a table. */
const USE_OF_A_TABLE_KEY = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
] as const;

/** Items of a table under a key of its own: DynamoDB uses the key in the name of whoever reads or writes. */
export function useTableKeys(keyArns: readonly string[], more: readonly string[] = []): Permission {
  return {
    reason: "Reads and writes items of tables under their own keys, through DynamoDB alone.",
    actions: [...USE_OF_A_TABLE_KEY, ...more],
    resources: keyArns,
    conditions: { StringEquals: { "kms:ViaService": `dynamodb.${Aws.REGION}.${Aws.URL_SUFFIX}` } },
  };
}

/** Reads items of protected tables. */
export function readTables(places: Places): Permission {
  return {
    reason: "Reads the live items.",
    actions: ["dynamodb:BatchGetItem"],
    resources: places.tableArns,
  };
}

/** Reads items of restored tables. */
export function readRestoredTables(places: Places): Permission {
  return {
    reason: "Reads the items as they were.",
    actions: ["dynamodb:BatchGetItem"],
    resources: places.restoredTableArns,
    wildcard: RESTORED,
  };
}

/** Finds the keys of a partition. */
export function queryTables(places: Places): Permission {
  return { reason: "Finds the live keys of a partition.", actions: ["dynamodb:Query"], resources: places.tableArns };
}

/** Finds the keys of items that were written since a time, or that differ between two tables. */
export function scanTables(places: Places): Permission {
  return {
    reason: "Goes through the live items, for key sources that know nothing of the incident but its time.",
    actions: ["dynamodb:Scan"],
    resources: places.tableArns,
  };
}

/** Sees how large the tables are that are compared. */
export function measureTables(places: Places): Permission[] {
  const actions = ["dynamodb:DescribeTable"];
  return [
    { reason: "Sees how large the protected tables are.", actions, resources: places.tableArns },
    {
      reason: "Sees how large the restored tables are.",
      actions,
      resources: places.restoredTableArns,
      wildcard: RESTORED,
    },
  ];
}

/** Compares a restored table with another restored one, or with the live table. */
export function compareTables(places: Places): Permission[] {
  return [
    scanTables(places),
    readTables(places),
    {
      reason: "Goes through the items as they were, for those that are different or gone now.",
      actions: ["dynamodb:Scan"],
      resources: places.restoredTableArns,
      wildcard: RESTORED,
    },
    readRestoredTables(places),
  ];
}

/** Finds the keys of a partition as it was: an item that the incident deleted is only there. */
export function queryRestoredTables(places: Places): Permission {
  return {
    reason: "Finds the keys that a partition had before the incident, and at its end.",
    actions: ["dynamodb:Query"],
    resources: places.restoredTableArns,
    wildcard: RESTORED,
  };
}

/** Writes repairs: single guarded items. No batch, no transaction, no PartiQL. */
export function repairTables(places: Places): Permission {
  return {
    reason: "Writes approved repairs, each one item under its guard; reads it again where an answer was lost.",
    actions: ["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
    resources: places.tableArns,
  };
}

/** Restores: the caller needs data permissions on the target, or the service can't write it. */
export function restoreTables(places: Places): Permission[] {
  return [
    {
      reason: "Restores protected tables, once their PITR window reaches the time.",
      actions: ["dynamodb:RestoreTableToPointInTime", "dynamodb:DescribeContinuousBackups"],
      resources: places.tableArns,
    },
    {
      reason: "Restores an on-demand backup that a request names.",
      actions: ["dynamodb:RestoreTableFromBackup"],
      resources: places.backupArns,
      wildcard: BACKUPS,
    },
    {
      reason: "The restored table is written in the name of whoever called restore.",
      actions: [
        "dynamodb:RestoreTableToPointInTime",
        "dynamodb:RestoreTableFromBackup",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:BatchWriteItem",
      ],
      resources: places.restoredTableArns,
      wildcard: RESTORED,
    },
    // The restored table is encrypted under the same key, by a grant of its own.
    useTableKeys(places.tableKeyArns, ["kms:CreateGrant"]),
    ...followRestores(places),
  ];
}

/** Looks at restored tables, and marks them as ours. */
export function followRestores(places: Places): Permission[] {
  return [
    {
      reason: "Recognises a restored table as this recovery's own before adopting it.",
      actions: ["dynamodb:DescribeTable", "dynamodb:ListTagsOfResource", "dynamodb:TagResource"],
      resources: places.restoredTableArns,
      wildcard: RESTORED,
    },
  ];
}

/** Sees which restored tables are still there, and until when they are kept. */
export function lookAtRestoredTables(places: Places): Permission {
  return {
    reason: "Sees which restored tables are left, and until when each is kept.",
    actions: ["dynamodb:DescribeTable", "dynamodb:ListTagsOfResource"],
    resources: places.restoredTableArns,
    wildcard: RESTORED,
  };
}

/** Deletes restored tables, and can't delete any other. */
export function deleteRestoredTables(places: Places): Permission {
  return {
    reason: "Deletes the tables that this recovery restored, after looking whose they are.",
    actions: ["dynamodb:DeleteTable", "dynamodb:DescribeTable", "dynamodb:ListTagsOfResource"],
    resources: places.restoredTableArns,
    wildcard: RESTORED,
  };
}

const BACKUPS = "Backups are named by those who make them; only those of protected tables can be read.";
const RESTORED = "Restored tables are named after the recovery: backstitch-<recoveryId>-before and -after.";
