/** Good requests in a world that is not ready for them: refused in Preflight, before anything is frozen or restored. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateBackupCommand,
  DeleteResourcePolicyCommand,
  DeleteTableCommand,
  PutResourcePolicyCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { AttachRolePolicyCommand, CreatePolicyCommand, DetachRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, test, vi } from "vitest";
import { Recoveries } from "../../functions/runtime/recoveries.ts";
import { ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { NO_KEYS } from "./support/bad-requests.ts";
import { FLAG_PARAMETER, reconfigure, tableArn } from "./support/operator.ts";
import { ago, RefusingStage } from "./support/refusals.ts";
import { worldOf } from "./support/world.ts";

// A request that is accepted would wait for an approval: the sooner a test gives up, the better.
vi.setConfig({ testTimeout: 30_000 });

let world: RefusingStage;
let iam: IAMClient;
let ssm: SSMClient;
/** Takes back what a test arranged. */
let undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  world = await RefusingStage.start();
  iam = new IAMClient(world.stage.aws.clientConfig());
  ssm = new SSMClient(world.stage.aws.clientConfig());
});

afterAll(async () => {
  iam?.destroy();
  ssm?.destroy();
  await world?.close();
});

beforeEach(() => {
  undo = [];
});

afterEach(async () => {
  for (const step of undo.reverse()) await step();
});

describe("where the world is not ready, a good request", () => {
  test("is refused while another recovery holds the table, and names it", async () => {
    const recoveries = new Recoveries(world.stage.dynamodb, world.stage.outputs.RecoveriesTableName ?? "");
    const holder = { recoveryId: "earlier-one", executionArn: "arn:earlier", acquiredAt: "2026-11-20T02:30:00.000Z" };
    await recoveries.acquireLock(ORDERS_TABLE, holder);
    undo.push(() => recoveries.releaseLock(ORDERS_TABLE, holder.recoveryId));

    await world.expectRefusedHere(world.request(), {
      error: "TableLocked",
      says: ['Table "orders" is being recovered by "earlier-one" since 2026-11-20T02:30:00.000Z', "wait for it"],
    });
  });

  test("is refused when the uploaded list is empty", async () => {
    const Key = "uploads/empty.jsonl";
    await world.stage.s3.send(
      new PutObjectCommand({ Bucket: world.stage.outputs.RecoveryBucketName, Key, Body: Buffer.alloc(0) }),
    );

    await world.expectRefusedHere(world.request({ ...NO_KEYS, keysFrom: { s3: { key: Key } } }), {
      says: [`Field "keysFrom.s3.key" is "${Key}"`, "is empty: put the keys into it"],
    });
  });

  test("for tenants is refused where nobody can tell whose item is whose", async () => {
    await configured({ tenantKey: undefined });

    await world.expectRefusedHere(world.request({ tenants: ["acme"] }), {
      says: ['Field "tenants" is ["acme"]', 'no "tenantKey" in backstitch.config.ts', 'leave "tenants" out'],
    });
  });

  test("for tenants is refused where iam-deny is the only guard", async () => {
    await configured({ guards: ["iam-deny"] });

    await world.expectRefusedHere(world.request({ tenants: ["acme"] }), {
      says: ['Field "tenants" is ["acme"]', "the only guard", '"readOnly": "none"'],
    });
  });

  test("is refused when it asks for a guard that is not set up for the table", async () => {
    await configured({ guards: ["ssm-flag"] });

    await world.expectRefusedHere(world.request({ readOnly: { guards: ["table-policy"] } }), {
      says: ['Field "readOnly.guards" has "table-policy"', "it has ssm-flag", "backstitch.config.ts"],
    });
  });

  test("is refused when the flag's parameter is missing", async () => {
    await ssm.send(new DeleteParameterCommand({ Name: FLAG_PARAMETER }));
    undo.push(() => ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Type: "String", Value: "none" })));

    await world.expectRefusedHere(world.request(), {
      says: ['"ssm-flag"', `parameter "${FLAG_PARAMETER}" does not exist`, "aws ssm put-parameter"],
    });
  });

  test("is refused when the flag holds something else", async () => {
    await flagged("all, acme");

    await world.expectRefusedHere(world.request(), {
      says: ['"ssm-flag"', 'holds "all, acme"', '"none" where nothing is frozen'],
    });
  });

  test("is refused when a role has as many policies as it may have", async () => {
    for (let index = 0; index < 10; index += 1) await attachedToTheApplication(`full-${index}`);

    await world.expectRefusedHere(world.request(), { says: ['"iam-deny"', world.stage.applicationRoleArn, "10"] });
  });

  test("is refused when the table's policy still has the statement of an earlier recovery", async () => {
    const statement = {
      Sid: "BackstitchReadOnlyEarlier",
      Effect: "Deny",
      Principal: "*",
      Action: "dynamodb:PutItem",
      Resource: tableArn(world.stage),
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await world.stage.dynamodb.send(new PutResourcePolicyCommand({ ResourceArn: tableArn(world.stage), Policy }));
    undo.push(() => world.stage.dynamodb.send(new DeleteResourcePolicyCommand({ ResourceArn: tableArn(world.stage) })));

    await world.expectRefusedHere(world.request(), {
      says: ['"table-policy"', "of an earlier recovery", "lift the read-only mode"],
    });
  });
});

/** These take the table's history away, so they come last. */
describe("where there is nothing to restore from, a request", () => {
  test("is refused when point-in-time recovery is off, and names the nearest older backup", async () => {
    await world.stage.dynamodb.send(
      new CreateBackupCommand({ TableName: ORDERS_TABLE, BackupName: "before-the-deploy" }),
    );
    await pointInTimeRecovery(false);
    await nextSecond();

    await world.expectRefusedHere(world.request({ restoreDateTime: ago(0) }), {
      says: ["no point-in-time recovery", "update-continuous-backups", 'nearest older backup is "before-the-deploy"'],
    });
  });

  test("is refused when the window began after the incident, and names the nearest older backup", async () => {
    await nextSecond();
    const badSince = ago(0);
    await nextSecond();
    await pointInTimeRecovery(true);

    await world.expectRefusedHere(world.request({ restoreDateTime: undefined, badSince }), {
      says: [
        `Field "badSince" is "${badSince}"`,
        "reaches back to",
        '"before-the-deploy"',
        `write "evidence": { "backup": "arn:`,
      ],
    });
  });

  test("is refused when the protected table is not in the account", async () => {
    await world.stage.dynamodb.send(new DeleteTableCommand({ TableName: ORDERS_TABLE }));

    await world.expectRefusedHere(world.request(), {
      says: ['Field "table" is "orders"', "does not exist", "list-backups"],
    });
  });
});

async function nextSecond(): Promise<void> {
  await sleep(1000 - (Date.now() % 1000));
}

async function configured(changes: Parameters<typeof reconfigure>[1]): Promise<void> {
  const Name = `/backstitch/tables/${ORDERS_TABLE}`;
  const before = (await worldOf(world.stage.aws))[`parameter ${Name}`] as { Value: string };
  await reconfigure(world.stage, changes);
  undo.push(() => ssm.send(new PutParameterCommand({ Name, Value: before.Value, Type: "String", Overwrite: true })));
}

async function flagged(Value: string): Promise<void> {
  await ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Value, Overwrite: true }));
  undo.push(() => ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Value: "none", Overwrite: true })));
}

async function attachedToTheApplication(PolicyName: string): Promise<void> {
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
  });
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  const attachment = { RoleName: world.stage.applicationRoleArn.split("/").at(-1), PolicyArn: Policy?.Arn };
  await iam.send(new AttachRolePolicyCommand(attachment));
  undo.push(() => iam.send(new DetachRolePolicyCommand(attachment)));
}

async function pointInTimeRecovery(PointInTimeRecoveryEnabled: boolean): Promise<void> {
  await world.stage.dynamodb.send(
    new UpdateContinuousBackupsCommand({
      TableName: ORDERS_TABLE,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled },
    }),
  );
}
