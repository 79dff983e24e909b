/** The app with a second protected table, whose application reads the same flag as the first one's. */
import { CreateTableCommand, PutItemCommand, UpdateContinuousBackupsCommand } from "@aws-sdk/client-dynamodb";
import type { StackSource } from "../../../local/cloudformation/deploy.ts";
import { synthesized } from "../../../local/synthesized-app.ts";
import type { DeployedPocketAws } from "../../support/deployed-pocket-aws.ts";
import { FLAG_PARAMETER } from "./operator.ts";

export const INVOICES_TABLE = "invoices";

export function twoTables(): Promise<StackSource> {
  const synth = async (outdir: string) => {
    const { App } = await import("aws-cdk-lib");
    const { BackstitchStack } = await import("../../../infra/backstitch-stack.ts");
    const { default: config } = await import("../../../backstitch.config.ts");
    const invoices = {
      tableName: INVOICES_TABLE,
      guards: ["ssm-flag" as const],
      flagParameter: FLAG_PARAMETER,
      flagCacheSeconds: 0,
    };
    const app = new App({ outdir });
    new BackstitchStack(app, "Backstitch", { ...config, tables: [...config.tables, invoices] });
    app.synth();
  };
  return synthesized("two-tables", synth, ["test/scenarios/support/two-tables.ts"]);
}

/** An invoice as it was, and how to damage it. */
export async function haveInvoices({ dynamodb }: DeployedPocketAws): Promise<{ damage(): Promise<void> }> {
  await dynamodb.send(
    new CreateTableCommand({
      TableName: INVOICES_TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    }),
  );
  await dynamodb.send(
    new UpdateContinuousBackupsCommand({
      TableName: INVOICES_TABLE,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
  const put = async (total: string) => {
    const Item = { pk: { S: "INVOICE#1" }, total: { N: total } };
    await dynamodb.send(new PutItemCommand({ TableName: INVOICES_TABLE, Item }));
  };
  await put("12");
  return { damage: () => put("0") };
}
