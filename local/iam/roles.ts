import { AwsError, type PolicyDocument } from "../service.ts";
import type { NamedPolicy } from "./evaluate.ts";
import type { ManagedPolicy } from "./managed-policies.ts";
import { parsePolicyDocument } from "./policy-documents.ts";
import { PropagatingPolicies } from "./propagating-policies.ts";

/** "Managed policies attached to an IAM role: 10" (IAM quotas; can be raised to 20). */
export const ATTACHED_POLICIES_PER_ROLE_QUOTA = 10;
/** "Role inline policy size: 10,240 characters" in total, white space not counted (IAM quotas). */
const INLINE_CHARACTERS_PER_ROLE = 10_240;

export interface InlinePolicy {
  readonly text: string;
  readonly document: PolicyDocument;
}

/** Who changes a role: the deployer's changes to a role that nobody has assumed yet are in force at once. */
export interface Change {
  readonly byRoot: boolean;
  readonly atMs: number;
}

/** One role: what the API shows at once, and what is in force after propagation. */
export class Role {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly id: string;
  readonly createdAt: Date;
  readonly description: string | undefined;
  readonly maxSessionSeconds: number;
  readonly tags = new Map<string, string>();
  readonly inline = new Map<string, InlinePolicy>();
  readonly attached = new Map<string, ManagedPolicy>();
  /** Set when the first session of this role is handed out. */
  assumed = false;
  trustText: string;
  trust: PolicyDocument;
  readonly #policies = new PropagatingPolicies();

  constructor(role: {
    name: string;
    path: string;
    arn: string;
    id: string;
    createdAt: Date;
    description: string | undefined;
    maxSessionSeconds: number;
    trustText: string;
  }) {
    this.name = role.name;
    this.path = role.path;
    this.arn = role.arn;
    this.id = role.id;
    this.createdAt = role.createdAt;
    this.description = role.description;
    this.maxSessionSeconds = role.maxSessionSeconds;
    this.trustText = role.trustText;
    this.trust = parsePolicyDocument(role.trustText, "trust");
  }

  /** Trust changes are in force at once: nothing of ours changes the trust of a role in use. */
  changeTrust(text: string): void {
    this.trust = parsePolicyDocument(text, "trust");
    this.trustText = text;
  }

  putInline(name: string, text: string, change: Change): void {
    const document = parsePolicyDocument(text, "identity");
    let characters = text.replace(/\s/g, "").length;
    for (const [other, policy] of this.inline) {
      if (other !== name) characters += policy.text.replace(/\s/g, "").length;
    }
    if (characters > INLINE_CHARACTERS_PER_ROLE) {
      throw new AwsError(
        "LimitExceeded",
        `Maximum policy size of ${INLINE_CHARACTERS_PER_ROLE} bytes exceeded for role ${this.name}`,
        409,
      );
    }
    this.inline.set(name, { text, document });
    this.#changed(change);
  }

  deleteInline(name: string, change: Change): void {
    if (!this.inline.delete(name)) throw noSuchEntity(`The role policy with name ${name} cannot be found.`);
    this.#changed(change);
  }

  attach(policy: ManagedPolicy, change: Change): void {
    if (this.attached.has(policy.arn)) return;
    if (this.attached.size >= ATTACHED_POLICIES_PER_ROLE_QUOTA) {
      throw new AwsError(
        "LimitExceeded",
        `Cannot exceed quota for PoliciesPerRole: ${ATTACHED_POLICIES_PER_ROLE_QUOTA}`,
        409,
      );
    }
    this.attached.set(policy.arn, policy);
    this.#changed(change);
  }

  detach(policyArn: string, change: Change): void {
    if (!this.attached.delete(policyArn)) throw noSuchEntity(`Policy ${policyArn} was not found.`);
    this.#changed(change);
  }

  inForce(nowMs: number, propagationMs: number, early = false): readonly NamedPolicy[] {
    return this.#policies.inForce(nowMs, propagationMs, early);
  }

  /** A role that nobody has assumed is in no cache: what its deployer gives it is there when it is first used. */
  #changed({ byRoot, atMs }: Change): void {
    const inline = [...this.inline].map(([name, { document }]) => ({ name, document }));
    const attached = [...this.attached.values()].map(({ name, document }) => ({ name, document }));
    this.#policies.change([...inline, ...attached], atMs, byRoot && !this.assumed);
  }
}

/** IAM's error for whatever is not there. */
export function noSuchEntity(message: string): AwsError {
  return new AwsError("NoSuchEntity", message, 404);
}
