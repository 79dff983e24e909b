import { ParameterTier, StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import type { Places } from "./places.ts";

/** One parameter a protected table: Preflight alone reads them, so that a deploy changes no running recovery. */
export class ProtectedTables extends Construct {
  constructor(scope: Construct, id: string, places: Places) {
    super(scope, id);
    for (const table of places.tables) {
      const value = JSON.stringify(table);
      new StringParameter(this, table.tableName, {
        parameterName: places.tablesPath + table.tableName,
        description: `How Backstitch protects the table ${table.tableName}`,
        stringValue: value,
        // Long lists of roles; tokens make the real value a little longer or shorter than it is here.
        tier: value.length > 3500 ? ParameterTier.ADVANCED : ParameterTier.STANDARD,
      });
    }
  }
}
