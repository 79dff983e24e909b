/** The resource policy of a table: read, changed and written back by its revision. */
import {
  DeleteResourcePolicyCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-dynamodb";
import type { Dependencies } from "../runtime/dependencies.ts";
import { GuardFailed, TransientFailure } from "../runtime/errors.ts";
import { isAwsError } from "./aws-errors.ts";
import { sidOf } from "./deny-statement.ts";
import type { GuardSubject } from "./guard.ts";
import {
  emptyPolicy,
  formatPolicy,
  MAX_POLICY_BYTES,
  type PolicyDocument,
  parsePolicy,
  samePolicy,
} from "./policy-document.ts";

export interface StoredPolicy {
  readonly text: string;
  readonly revisionId: string;
}

const ROUNDS = 3;

export async function readPolicy({ tableArn }: GuardSubject, { aws }: Dependencies): Promise<StoredPolicy | undefined> {
  try {
    const { Policy, RevisionId } = await aws.dynamodb.send(new GetResourcePolicyCommand({ ResourceArn: tableArn }));
    return Policy && RevisionId ? { text: Policy, revisionId: RevisionId } : undefined;
  } catch (error) {
    if (isAwsError(error, "PolicyNotFound")) return undefined;
    throw error;
  }
}

/** For who takes something out: of a table that was deleted there is nothing to take out of. */
export async function readPolicyIfThere(
  subject: GuardSubject,
  deps: Dependencies,
): Promise<StoredPolicy | "no table" | undefined> {
  try {
    return await readPolicy(subject, deps);
  } catch (error) {
    if (isAwsError(error, "ResourceNotFound")) return "no table";
    throw error;
  }
}

export function documentOf(policy: StoredPolicy, subject: GuardSubject): PolicyDocument {
  const { table } = subject;
  const document = parsePolicy(policy.text);
  if (!document)
    throw new GuardFailed(
      `Guard table-policy can't change the resource policy of table "${table.tableName}" (revision ${policy.revisionId}): it is not a document with statements. Nothing was changed. ${correctByHand(subject)}`,
    );
  return document;
}

/** What a person does with a policy that we may not touch: ours out, theirs as they want it, and the same call again. */
export function correctByHand({ recoveryId, tableArn }: GuardSubject): string {
  return `Correct it by hand, without statement "${sidOf(recoveryId)}" where the table is to be thawed, and try again:\naws dynamodb get-resource-policy --resource-arn ${tableArn} --query Policy --output text > policy.json\naws dynamodb put-resource-policy --resource-arn ${tableArn} --policy file://policy.json`;
}

/** Reads, changes and writes by revision; what is already as it should be is not written (the service blocks for 15 s). */
export async function changePolicy(
  subject: GuardSubject,
  change: (document: PolicyDocument) => PolicyDocument,
  deps: Dependencies,
  original: string | null = null,
): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const policy = await readPolicy(subject, deps);
    const document = policy ? documentOf(policy, subject) : emptyPolicy();
    const changed = change(document);
    if (samePolicy(document, changed)) return;
    const written = await write(subject, policy, textOf(changed, original), deps);
    if (written) return;
  }
  throw new TransientFailure(
    `The resource policy of table "${subject.table.tableName}" was changed by others ${ROUNDS} times in a row. Try again.`,
  );
}

/** The text of a changed policy; as it was written before, to the byte, where it means the same; undefined: none. */
function textOf(changed: PolicyDocument, original: string | null): string | undefined {
  if (changed.statements.length === 0) return undefined;
  const before = original === null ? undefined : parsePolicy(original);
  return original !== null && before && samePolicy(before, changed) ? original : formatPolicy(changed);
}

/** False: somebody else was quicker. */
async function write(
  subject: GuardSubject,
  policy: StoredPolicy | undefined,
  text: string | undefined,
  { aws }: Dependencies,
): Promise<boolean> {
  const { tableArn, table } = subject;
  const bytes = Buffer.byteLength(text ?? "");
  if (bytes > MAX_POLICY_BYTES)
    throw new GuardFailed(
      `Guard table-policy can't change the resource policy of table "${table.tableName}": it would have ${bytes} bytes, and ${MAX_POLICY_BYTES} are allowed. Nothing was changed. ${correctByHand(subject)}`,
    );
  const revision = { ResourceArn: tableArn, ExpectedRevisionId: policy?.revisionId ?? "NO_POLICY" };
  try {
    if (text === undefined) await aws.dynamodb.send(new DeleteResourcePolicyCommand(revision));
    else await aws.dynamodb.send(new PutResourcePolicyCommand({ ...revision, Policy: text }));
    return true;
  } catch (error) {
    if (isAwsError(error, "PolicyNotFound")) return false;
    // "After a successful update, further updates are blocked for 15 seconds": waited for by the machine's Retry.
    if (isAwsError(error, "ResourceInUse", "LimitExceeded"))
      throw new TransientFailure(
        `The resource policy of table "${table.tableName}" can't be changed at this moment (${error.message}): DynamoDB allows one change in 15 seconds. Try again then.`,
        { cause: error },
      );
    if (isAwsError(error, "Validation"))
      throw new GuardFailed(
        `DynamoDB refuses the resource policy of table "${table.tableName}" (${error.message}): nothing was changed. A statement of it is not valid (any more). ${correctByHand(subject)}`,
        { cause: error },
      );
    throw error;
  }
}
