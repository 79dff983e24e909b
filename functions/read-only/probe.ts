/** A write that can never happen, made under a role that one guard alone covers: what it gets tells whether the guard works. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import type { Item } from "../items/item.ts";
import { type KeyAttribute, partitionKeyName } from "../items/key.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { GuardFailed } from "../runtime/errors.ts";
import { isAwsError } from "./aws-errors.ts";
import type { Guard, GuardSubject, Proof } from "./guard.ts";
import { partitionKeyOf } from "./tenant-scope.ts";

export interface Probe {
  readonly at: string;
  /** `open`: only the condition stopped it; `denied`: by a policy of the guard's kind; `denied otherwise`: it proves nothing. */
  readonly got: "open" | "denied" | "denied otherwise";
  readonly message: string;
}

export type Knock = (key: Item) => Promise<Probe>;

const KNOCK = "backstitch-probe";
/** STS session names. */
const SESSION_LENGTH = 64;

/** Keys in the scope of a freeze: one for each tenant, or one for the whole table. */
export function probeKeys({ keySchema, table, tenants }: GuardSubject): Item[] {
  const partition = partitionKeyName(keySchema);
  const partitionKeys =
    tenants && table.tenantKey
      ? tenants.map((tenant) => partitionKeyOf(table.tenantKey ?? "", tenant, KNOCK))
      : [KNOCK];
  return partitionKeys.map((value) =>
    Object.fromEntries(
      keySchema.attributes.map((attribute) => [
        attribute.name,
        valueOfType(attribute, attribute.name === partition ? value : KNOCK),
      ]),
    ),
  );
}

function valueOfType({ type }: KeyAttribute, text: string) {
  if (type === "N") return { N: "0" };
  return type === "B" ? { B: Buffer.from(text) } : { S: text };
}

/** Assumes the guard's probe role, anew each time, and answers with a function that knocks under it. */
export async function startProbing(
  guard: Guard,
  proof: Proof,
  subject: GuardSubject,
  deps: Dependencies,
): Promise<Knock> {
  const roleArn = proof.roleArn(deps.environment);
  const client = deps.aws.dynamodbAs(await assume(guard, roleArn, subject, deps));
  const partition = partitionKeyName(subject.keySchema);
  return async (key) => {
    const at = deps.now().toISOString();
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: subject.table.tableName,
          Key: key,
          ConditionExpression: "attribute_exists(#partition) AND attribute_not_exists(#partition)",
          ExpressionAttributeNames: { "#partition": partition },
        }),
      );
    } catch (error) {
      if (isAwsError(error, "ConditionalCheckFailed"))
        return { at, got: "open", message: "the write was let through to its condition" };
      if (!isAwsError(error, "AccessDenied")) throw error;
      const denied = new RegExp(`explicit deny in an? ${proof.deniedBy} policy`).test(error.message);
      return { at, got: denied ? "denied" : "denied otherwise", message: error.message };
    }
    throw new GuardFailed(
      `The probe of guard ${guard.name} was written to table "${subject.table.tableName}", though its condition can't hold: this is no DynamoDB. Key: ${KNOCK}.`,
    );
  };
}

async function assume(guard: Guard, roleArn: string, subject: GuardSubject, { aws }: Dependencies) {
  try {
    const { Credentials } = await aws.sts.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: subject.recoveryId.padEnd(2, "-").slice(0, SESSION_LENGTH),
      }),
    );
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  } catch (error) {
    if (!isAwsError(error, "AccessDenied")) throw error;
    throw new GuardFailed(
      `Guard ${guard.name} can't be probed: its probe role ${roleArn} can't be assumed (${error.message}). Deploy again, then redrive.`,
      { cause: error },
    );
  }
}
