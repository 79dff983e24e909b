import { AwsError, type PolicyDocument } from "../service.ts";
import { parsePolicyDocument } from "./policy-documents.ts";

/** "Managed policy: 6,144 characters", white space not counted (IAM quotas). */
const MANAGED_POLICY_CHARACTERS = 6_144;

export interface ManagedPolicy {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly description: string | undefined;
  readonly text: string;
  readonly document: PolicyDocument;
  readonly createdAt: Date;
  readonly tags: ReadonlyMap<string, string>;
}

/** Makes a managed policy (its only version is v1) after checking grammar and size. */
export function createManagedPolicy(policy: Omit<ManagedPolicy, "document">): ManagedPolicy {
  if (policy.text.replace(/\s/g, "").length > MANAGED_POLICY_CHARACTERS) {
    throw new AwsError(
      "LimitExceeded",
      `Cannot exceed quota for PolicySize: ${MANAGED_POLICY_CHARACTERS} (policy ${policy.name})`,
      409,
    );
  }
  return { ...policy, document: parsePolicyDocument(policy.text, "identity") };
}
