import { Aws } from "aws-cdk-lib";
import type { GuardName, ProtectedTable } from "../functions/contracts.ts";

/** Guards that are proven by writing under a role of their own. */
export const PROBED_GUARDS = ["iam-deny", "table-policy"] as const satisfies readonly GuardName[];
export type ProbedGuard = (typeof PROBED_GUARDS)[number];

/**
 * ARNs made from names, not from constructs: the exempt-role lists, the machine and its functions name each other in
 * circles, which CloudFormation can't resolve.
 */
export class Places {
  readonly prefix: string;
  readonly tables: readonly ProtectedTable[];

  constructor(prefix: string, tables: readonly ProtectedTable[]) {
    this.prefix = prefix;
    this.tables = tables;
  }

  /** `SummarizePlan` → `backstitch-summarize-plan`: functions and their roles are called the same. */
  named(construct: string): string {
    return `${this.prefix}-${toKebabCase(construct)}`;
  }

  roleArn(construct: string): string {
    return iamArn(`role/${this.named(construct)}`);
  }

  functionArn(construct: string): string {
    return regionalArn("lambda", `function:${this.named(construct)}`);
  }

  alarmArn(construct: string): string {
    return regionalArn("cloudwatch", `alarm:${this.named(construct)}`);
  }

  get stateMachineName(): string {
    return this.named("Recover");
  }

  get stateMachineArn(): string {
    return regionalArn("states", `stateMachine:${this.stateMachineName}`);
  }

  /** Executions of the machine, whatever their names. */
  get executionsArn(): string {
    return regionalArn("states", `execution:${this.stateMachineName}:*`);
  }

  get tableArns(): string[] {
    return this.tables.map(({ tableName }) => dynamodbTableArn(tableName));
  }

  /** Restored tables alone: no other table's name can begin and end like this. */
  get restoredTableArns(): string[] {
    return [dynamodbTableArn("backstitch-*-before"), dynamodbTableArn("backstitch-*-after")];
  }

  /** On-demand backups of protected tables. */
  get backupArns(): string[] {
    return this.tableArns.map((arn) => `${arn}/backup/*`);
  }

  get tablesPath(): string {
    return `/${this.prefix}/tables/`;
  }

  get tablesPathArn(): string {
    return parameterArn(`/${this.prefix}/tables`);
  }

  tableArn(tableName: string): string {
    return dynamodbTableArn(tableName);
  }

  tablesWith(guard: GuardName): ProtectedTable[] {
    return this.tables.filter(({ guards }) => guards.includes(guard));
  }

  /** Keys of tables that are not encrypted under a key of DynamoDB's own. */
  get tableKeyArns(): string[] {
    return keysOf(this.tables);
  }

  /** The same, of the tables that a guard's probe writes to. */
  probedKeyArns(guard: ProbedGuard): string[] {
    return keysOf(this.tablesWith(guard));
  }

  get flagArns(): string[] {
    const names = this.tablesWith("ssm-flag").flatMap(({ flagParameter }) => (flagParameter ? [flagParameter] : []));
    return unique(names).map(parameterArn);
  }

  get applicationRoleArns(): string[] {
    return unique(this.tables.flatMap(({ applicationRoleArns }) => applicationRoleArns));
  }

  /** Roles that the deny policies are attached to during a freeze. */
  get deniableRoleArns(): string[] {
    const probed = this.tablesWith("iam-deny");
    return [...unique(probed.flatMap(({ applicationRoleArns }) => applicationRoleArns)), this.probeRoleArn("iam-deny")];
  }

  denyPolicyName(tableName: string): string {
    return `${this.prefix}-deny-${tableName}`;
  }

  get denyPolicyArnPrefix(): string {
    return iamArn(`policy/${this.prefix}-deny-`);
  }

  get denyPolicyArns(): string[] {
    return this.tablesWith("iam-deny").map(({ tableName }) => this.denyPolicyArnPrefix + tableName);
  }

  probeRoleName(guard: ProbedGuard): string {
    return `${this.prefix}-probe-${guard}`;
  }

  probeRoleArn(guard: ProbedGuard): string {
    return iamArn(`role/${this.probeRoleName(guard)}`);
  }

  get probeRoleArns(): string[] {
    return PROBED_GUARDS.filter((guard) => this.tablesWith(guard).length > 0).map((guard) => this.probeRoleArn(guard));
  }

  /** Log groups of applications' change logs; actions on a group are authorised with what is in it. */
  /** Tables that `AuditLog` of the kit writes. */
  get auditTableArns(): string[] {
    return unique(this.tables.flatMap(({ auditTable }) => (auditTable ? [dynamodbTableArn(auditTable)] : [])));
  }

  get changeLogGroupArns(): string[] {
    const names = unique(this.tables.flatMap(({ changeLogGroups }) => changeLogGroups));
    return names.map((name) => regionalArn("logs", `log-group:${name}:*`));
  }

  /** Log groups as a whole, for finding one by its name. */
  get logGroupsArn(): string {
    return regionalArn("logs", "log-group:*");
  }

  get healthCheckArns(): string[] {
    return unique(
      this.tables.flatMap(({ healthCheckFunctionArn }) => (healthCheckFunctionArn ? [healthCheckFunctionArn] : [])),
    );
  }
}

export function toKebabCase(pascalCase: string): string {
  return pascalCase.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase();
}

function keysOf(tables: readonly ProtectedTable[]): string[] {
  return unique(tables.flatMap(({ keyArn }) => (keyArn ? [keyArn] : [])));
}

function dynamodbTableArn(tableName: string): string {
  return regionalArn("dynamodb", `table/${tableName}`);
}

function parameterArn(name: string): string {
  return regionalArn("ssm", `parameter/${name.replace(/^\//, "")}`);
}

function iamArn(resource: string): string {
  return `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:${resource}`;
}

function regionalArn(service: string, resource: string): string {
  return `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
