import { type AuthorizationRequest, NotInPocketAwsError } from "../service.ts";

/** Keys that some service here puts into its requests where they apply; elsewhere they are absent, as on AWS. In lower case. */
const SUPPLIED_WHERE_THEY_APPLY: ReadonlySet<string> = new Set([
  "aws:sourceaccount",
  "aws:sourcearn",
  "aws:principalservicename",
  "dynamodb:enclosingoperation",
  "dynamodb:leadingkeys",
  "iam:passedtoservice",
  "iam:policyarn",
  "lambda:functionarn",
  "s3:delimiter",
  "s3:max-keys",
  "s3:prefix",
  "s3:versionid",
  "sts:externalid",
  "sts:rolesessionname",
]);

/** The request's condition keys, asked for by name in any case. */
export class ConditionContext {
  readonly #values = new Map<string, string | readonly string[]>();

  constructor({ caller, context = {} }: AuthorizationRequest) {
    this.#values.set("aws:principalarn", caller.principalArn);
    this.#values.set("aws:principalaccount", caller.accountId);
    this.#values.set("aws:principalisawsservice", String(caller.kind === "service"));
    this.#values.set("aws:viaawsservice", "false");
    // There is one account, so every resource belongs to it.
    this.#values.set("aws:resourceaccount", caller.accountId);
    // Loopback traffic cannot be overheard, and stands for the TLS endpoint: else "deny without TLS" would deny everything here.
    this.#values.set("aws:securetransport", "true");
    for (const [key, value] of Object.entries(context)) this.#values.set(key.toLowerCase(), value);
  }

  /** The key's value, or `undefined` where it is absent; a key that nothing here supplies is an error that names it. */
  get(key: string): string | readonly string[] | undefined {
    const name = key.toLowerCase();
    const value = this.#values.get(name);
    if (value === undefined && !SUPPLIED_WHERE_THEY_APPLY.has(name)) {
      throw new NotInPocketAwsError(`the condition key ${key}: no service here supplies it, so it cannot be decided`);
    }
    return value;
  }
}
