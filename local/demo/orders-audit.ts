/** The audit log of the demo's table: a stack of the application's own, beside Backstitch's. */
import { DescribeTableCommand, DynamoDBClient, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import type { StackSource } from "../cloudformation/deploy.ts";
import type { PocketAws } from "../pocket-aws.ts";
import { synthesized } from "../synthesized-app.ts";
import { ORDERS_TABLE } from "./orders.ts";

/** Stands in the template until the stream has a label. */
const LABEL = "STREAM-LABEL";

/** Attribute in which the application says which release of it writes. */
export const WRITER_ATTRIBUTE = "release";

/** Switches the stream of `orders` on and deploys the kit's AuditLog for it. */
export async function deployOrdersAudit(aws: PocketAws): Promise<void> {
  const dynamodb = new DynamoDBClient(aws.clientConfig());
  try {
    await dynamodb.send(
      new UpdateTableCommand({
        TableName: ORDERS_TABLE,
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      }),
    );
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: ORDERS_TABLE }));
    const { template, ...source } = await ordersAudit(aws);
    const labelled = JSON.parse(JSON.stringify(template).replaceAll(LABEL, Table?.LatestStreamLabel ?? "")) as unknown;
    await aws.deploy({ ...source, template: labelled as StackSource["template"] });
  } finally {
    dynamodb.destroy();
  }
}

function ordersAudit({ region, accountId }: PocketAws): Promise<StackSource> {
  return synthesized(
    `orders-audit-${region}-${accountId}`,
    async (outdir) => {
      const [{ App, Stack }, { AuditLog }] = await Promise.all([
        import("aws-cdk-lib"),
        import("../../kit/audit-log.ts"),
      ]);
      const app = new App({ outdir });
      new AuditLog(new Stack(app, "OrdersAudit"), "AuditLog", {
        tableName: ORDERS_TABLE,
        tableStreamArn: `arn:aws:dynamodb:${region}:${accountId}:table/${ORDERS_TABLE}/stream/${LABEL}`,
        writerAttribute: WRITER_ATTRIBUTE,
        images: true,
      });
      app.synth();
    },
    ["local/demo/orders-audit.ts"],
  );
}
