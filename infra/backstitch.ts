import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import type { z } from "zod";
import { contracts, type StepName } from "../functions/contracts.ts";
import { Alarms } from "./alarms.ts";
import { AslStateMachine } from "./asl-state-machine.ts";
import { type BackstitchConfig, parseConfig, protectedTables } from "./config.ts";
import { DeadLetters } from "./dead-letters.ts";
import { DenyPolicies } from "./deny-policies.ts";
import { Notifications } from "./notifications.ts";
import { OnRecoveryEnded } from "./on-recovery-ended.ts";
import { permissionsOf } from "./permissions/permissions-of.ts";
import { readManifests } from "./permissions/records.ts";
import { Places } from "./places.ts";
import { ProbeRoles } from "./probe-roles.ts";
import { ProtectedTables } from "./protected-tables.ts";
import { RecoveriesTable } from "./recoveries-table.ts";
import { RecoveryBucket } from "./recovery-bucket.ts";
import { type CodeOf, RecoveryFunctions } from "./recovery-functions.ts";
import { WRITER_TIMEOUT_SECONDS, WRITING_STEPS } from "./step-settings.ts";
import { Sweep } from "./sweep.ts";

export type BackstitchProps = z.input<typeof BackstitchConfig> & {
  /** @default bundles functions/*.ts */
  readonly codeOf?: CodeOf;
};

/**
 * Everything that recovers tables.
 * @example new Backstitch(stack, "Backstitch", { tables: [{ tableName: "orders", guards: ["table-policy"] }] });
 */
export class Backstitch extends Construct {
  readonly stateMachine: StateMachine;
  readonly recoveryBucket: RecoveryBucket["bucket"];
  readonly recoveriesTable: RecoveriesTable["table"];
  readonly notificationTopic: Notifications["topic"];
  /** How a person answers a waiting recovery. */
  readonly answerRecovery: IFunction;

  constructor(scope: Construct, id: string, { codeOf, ...props }: BackstitchProps) {
    super(scope, id);
    const config = parseConfig(props);
    const places = new Places(config.prefix, protectedTables(config));
    const recoveryBucket = new RecoveryBucket(this, "RecoveryBucket", {
      keepDays: config.keepRecoveriesDays,
      keyArn: config.bucketKeyArn,
    });
    this.recoveryBucket = recoveryBucket.bucket;
    this.recoveriesTable = new RecoveriesTable(this, "RecoveriesTable").table;
    this.notificationTopic = new Notifications(this, "Notifications", config.notifyEmails).topic;
    const deadLetters = new DeadLetters(this, "DeadLetters", places.named("DeadLetters")).queue;
    new ProtectedTables(this, "ProtectedTables", places);
    new DenyPolicies(this, "DenyPolicies", places);

    const stores = {
      recoveriesTableArn: this.recoveriesTable.tableArn,
      bucketArn: this.recoveryBucket.bucketArn,
      topicArn: this.notificationTopic.topicArn,
      deadLettersArn: deadLetters.queueArn,
      bucketKeyArn: config.bucketKeyArn,
    };
    const functions = new RecoveryFunctions(this, "Functions", {
      nameOf: (name) => places.named(name),
      environment: this.#environment(places, config),
      permissions: permissionsOf(places, stores),
      logRetention: config.logRetentionDays,
      codeOf,
    }).all;
    this.answerRecovery = functions.AnswerRecovery.function;
    new ProbeRoles(this, "ProbeRoles", places, [functions.ActivateReadOnly.role, functions.VerifyReadOnly.role]);

    const steps = Object.keys(contracts) as StepName[];
    this.stateMachine = new AslStateMachine(this, "Recover", {
      name: places.stateMachineName,
      file: "recover",
      functions: Object.fromEntries(steps.map((name) => [name, functions[name].function])),
      permissions: readManifests(stores),
      logRetention: config.logRetentionDays,
    }).stateMachine;
    const { function: onRecoveryEnded } = functions.OnRecoveryEnded;
    const { function: sweep } = functions.Sweep;
    new OnRecoveryEnded(this, "OnRecoveryEnded", this.stateMachine, onRecoveryEnded, deadLetters);
    new Sweep(this, "Sweep", sweep, deadLetters);
    new Alarms(this, "Alarms", { places, topic: this.notificationTopic, deadLetters, onRecoveryEnded, sweep });
  }

  /** functions/runtime/environment.ts reads it. */
  #environment(places: Places, { frozenTooLongMinutes }: BackstitchConfig): Record<string, string> {
    return {
      RECOVERIES_TABLE: this.recoveriesTable.tableName,
      RECOVERY_BUCKET: this.recoveryBucket.bucketName,
      NOTIFICATION_TOPIC_ARN: this.notificationTopic.topicArn,
      FUNCTION_PREFIX: places.prefix,
      TABLES_PATH: places.tablesPath,
      DENY_POLICY_ARN_PREFIX: places.denyPolicyArnPrefix,
      IAM_DENY_PROBE_ROLE_ARN: places.probeRoleArn("iam-deny"),
      TABLE_POLICY_PROBE_ROLE_ARN: places.probeRoleArn("table-policy"),
      WRITING_ROLE_ARNS: WRITING_STEPS.map((step) => places.roleArn(step)).join(","),
      FROZEN_TOO_LONG_MINUTES: String(frozenTooLongMinutes),
      STATE_MACHINE_ARN: places.stateMachineArn,
      WRITER_TIMEOUT_SECONDS: String(WRITER_TIMEOUT_SECONDS),
    };
  }
}
