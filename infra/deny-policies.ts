import { Effect, ManagedPolicy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { WRITE_ACTIONS } from "../functions/read-only/write-actions.ts";
import type { Places } from "./places.ts";

/** One managed policy for each table with the guard `iam-deny`: made beforehand, attached to roles only during a freeze. */
export class DenyPolicies extends Construct {
  constructor(scope: Construct, id: string, places: Places) {
    super(scope, id);
    for (const { tableName } of places.tablesWith("iam-deny"))
      new ManagedPolicy(this, tableName, {
        managedPolicyName: places.denyPolicyName(tableName),
        description: `Backstitch attaches this during a recovery of ${tableName}: no writes to it`,
        statements: [
          new PolicyStatement({
            sid: "BackstitchReadOnly",
            effect: Effect.DENY,
            actions: [...WRITE_ACTIONS],
            resources: [places.tableArn(tableName), `${places.tableArn(tableName)}/index/*`],
          }),
        ],
      });
  }
}
