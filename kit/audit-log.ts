import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Aws, RemovalPolicy, Stage } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import { CfnEventSourceMapping, Code } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { bundleFile } from "../infra/bundle-functions.ts";
import { NO_RESOURCE } from "../infra/permissions/permission.ts";
import { StepFunction } from "../infra/step-function.ts";
import { AUDIT_KEPT_DAYS, AUDIT_KEYS } from "./audit-log/audit-record.ts";

const HANDLER = fileURLToPath(new URL("./audit-log/write-audit-records.ts", import.meta.url));

export interface AuditLogProps {
  /** The table whose changes are written down; its stream must have keys and images (`NEW_AND_OLD_IMAGES`). */
  readonly tableName: string;
  readonly tableStreamArn: string;
  /** @default `<tableName>-audit`; name it as `auditTable` in backstitch.config.ts */
  readonly auditTableName?: string;
  /** Text attribute in which the application says who writes. @default nobody is named */
  readonly writerAttribute?: string;
  /** Keep each item as it was and as it became: personal data then stands in the audit table as well. @default false */
  readonly images?: boolean;
  /** Days until DynamoDB deletes a record by itself, 35 at least. @default 35, as far as point-in-time recovery reaches */
  readonly keepDays?: number;
  /** Customer managed key of the table whose changes are written down, if it has one. */
  readonly tableKeyArn?: string;
  /** Stands in for the bundled function, in tests of the template. */
  readonly code?: Code;
}

/** A recovery would take gaps for items that nobody touched. */
export class RecordsKeptTooShort extends Error {
  override readonly name = "RecordsKeptTooShort";
}

/**
 * Writes down who changed which item when: a stream, a function and a table. What DynamoDB expires is marked as such; who
 * deleted an item is not known. A record that can't be written is tried again for the 24 hours for which the stream has it:
 * put an alarm on the function's `IteratorAge`.
 * @example new AuditLog(stack, "OrdersAudit", { tableName: orders.tableName, tableStreamArn: orders.tableStreamArn! });
 */
export class AuditLog extends Construct {
  readonly auditTable: Table;

  constructor(scope: Construct, id: string, props: AuditLogProps) {
    super(scope, id);
    const { tableName, tableStreamArn, writerAttribute, images = false, keepDays = AUDIT_KEPT_DAYS } = props;
    if (keepDays < AUDIT_KEPT_DAYS)
      throw new RecordsKeptTooShort(
        `AuditLog of table "${tableName}" has keepDays ${keepDays}: recoveries look ${AUDIT_KEPT_DAYS} days back, so give that or more.`,
      );
    this.auditTable = new Table(this, "Table", {
      tableName: props.auditTableName ?? `${tableName}-audit`,
      partitionKey: { name: AUDIT_KEYS.partition, type: AttributeType.STRING },
      sortKey: { name: AUDIT_KEYS.sort, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: AUDIT_KEYS.expiry,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const writer = new StepFunction(this, "WriteAuditRecords", {
      name: functionName(tableName),
      code:
        props.code ??
        Code.fromAsset(bundleFile(HANDLER, join(Stage.of(this)?.outdir ?? "cdk.out", `audit-${tableName}`))),
      environment: {
        AUDIT_TABLE: this.auditTable.tableName,
        IMAGES: String(images),
        KEEP_DAYS: String(keepDays),
        ...(writerAttribute === undefined ? {} : { WRITER_ATTRIBUTE: writerAttribute }),
      },
      permissions: [
        {
          reason: "Writes one record a change.",
          actions: ["dynamodb:PutItem"],
          resources: [this.auditTable.tableArn],
        },
        {
          reason: "Is handed the changes of the table.",
          actions: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
          resources: [tableStreamArn],
        },
        {
          reason: "The stream of a table under its own key is encrypted under it; used through DynamoDB alone.",
          actions: ["kms:Decrypt"],
          resources: props.tableKeyArn === undefined ? [] : [props.tableKeyArn],
          conditions: { StringEquals: { "kms:ViaService": `dynamodb.${Aws.REGION}.${Aws.URL_SUFFIX}` } },
        },
        {
          reason: "The mapping of the stream asks for it; it can't be narrowed.",
          actions: ["dynamodb:ListStreams"],
          resources: ["*"],
          wildcard: NO_RESOURCE,
        },
      ],
      logRetention: RetentionDays.THREE_MONTHS,
      timeoutSeconds: 60,
      memoryMb: 256,
    });
    const mapping = new CfnEventSourceMapping(this, "Changes", {
      eventSourceArn: tableStreamArn,
      functionName: writer.function.functionName,
      // A mapping that begins with the latest record may miss those of the minutes in which it is made.
      startingPosition: "TRIM_HORIZON",
      batchSize: 100,
      functionResponseTypes: ["ReportBatchItemFailures"],
      // As long as the stream has a record it is tried again: a gap would be damage that nobody looks for.
      bisectBatchOnFunctionError: true,
    });
    mapping.node.addDependency(writer);
  }
}

/** Names of functions and roles have at most 64 characters. */
function functionName(tableName: string): string {
  const name = `audit-log-${tableName.replaceAll(".", "-")}`;
  return name.length <= 64
    ? name
    : `${name.slice(0, 51)}-${createHash("sha256").update(name).digest("hex").slice(0, 12)}`;
}
