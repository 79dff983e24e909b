import { ArnPrincipal, CompositePrincipal, type IRole, Policy, Role } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { type Permission, toStatements } from "./permissions/permission.ts";
import { useTableKeys } from "./permissions/tables.ts";
import { type Places, PROBED_GUARDS } from "./places.ts";

/**
 * One role a probing guard, allowed to write and covered by that guard alone: its refused write proves the guard.
 * Its writes have a condition that can never hold.
 */
export class ProbeRoles extends Construct {
  constructor(scope: Construct, id: string, places: Places, proving: readonly [IRole, ...IRole[]]) {
    super(scope, id);
    for (const guard of PROBED_GUARDS) {
      const tables = places.tablesWith(guard);
      if (tables.length === 0) continue;
      const role = new Role(this, guard, {
        roleName: places.probeRoleName(guard),
        description: `Backstitch proves the guard ${guard} by a write under this role`,
        assumedBy: new CompositePrincipal(
          ...(proving.map(({ roleArn }) => new ArnPrincipal(roleArn)) as [ArnPrincipal, ...ArnPrincipal[]]),
        ),
      });
      const permissions: Permission[] = [
        {
          reason: "Writes what its condition never lets through.",
          actions: ["dynamodb:UpdateItem"],
          resources: tables.map(({ tableName }) => places.tableArn(tableName)),
        },
        // Without it the probe is denied whether the guard is up or not, which proves nothing.
        useTableKeys(places.probedKeyArns(guard)),
      ];
      new Policy(this, `${guard}-policy`, { roles: [role], statements: toStatements(permissions) });
    }
  }
}
