import type { AuthorizationRequest, PolicyDocument, PolicyStatement } from "../service.ts";
import { conditionHolds } from "./condition-operators.ts";
import { ConditionContext } from "./context-keys.ts";
import { arnMatcher, wildcardMatcher } from "./patterns.ts";
import { principalCover } from "./principals.ts";

export interface NamedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

export interface PoliciesInForce {
  readonly identityPolicies: readonly NamedPolicy[];
  readonly resourcePolicy?: PolicyDocument | undefined;
  /** The resource policy is a role's trust policy: without it no identity policy suffices. */
  readonly isTrustPolicy?: boolean;
}

/** The statement that decided: its policy, and its Sid or `#<index>`. */
export interface DecidingStatement {
  readonly source: "identity" | "resource";
  readonly policy: string;
  readonly sid: string;
}

export interface Evaluation {
  readonly decision: "allowed" | "explicitDeny" | "implicitDeny";
  readonly by?: DecidingStatement;
}

/**
 * Decides one request as IAM does within one account: an explicit deny anywhere wins; else an allow in an identity
 * policy or (naming the caller) in the resource's policy suffices.
 */
export function evaluate(request: AuthorizationRequest, policies: PoliciesInForce): Evaluation {
  const asked = new Question(request);
  const { identityPolicies, resourcePolicy, isTrustPolicy = false } = policies;
  const resourcePolicies = resourcePolicy === undefined ? [] : [{ name: "resource-policy", document: resourcePolicy }];

  const deny =
    find(identityPolicies, "identity", (statement, document) => asked.isCovered(statement, document, "Deny")) ??
    find(resourcePolicies, "resource", (statement, document) => {
      return asked.cover(statement) !== undefined && asked.isCovered(statement, document, "Deny");
    });
  if (deny !== undefined) return { decision: "explicitDeny", by: deny };

  const direct = find(resourcePolicies, "resource", (statement, document) => {
    return asked.cover(statement) === "direct" && asked.isCovered(statement, document, "Allow");
  });
  const delegated =
    !isTrustPolicy ||
    direct !== undefined ||
    find(resourcePolicies, "resource", (statement, document) => {
      return asked.cover(statement) === "account" && asked.isCovered(statement, document, "Allow");
    }) !== undefined;
  const identity = delegated
    ? find(identityPolicies, "identity", (statement, document) => asked.isCovered(statement, document, "Allow"))
    : undefined;
  const allow = identity ?? direct;
  return allow === undefined ? { decision: "implicitDeny" } : { decision: "allowed", by: allow };
}

type Test = (statement: PolicyStatement, document: PolicyDocument) => boolean;

function find(
  policies: readonly NamedPolicy[],
  source: DecidingStatement["source"],
  test: Test,
): DecidingStatement | undefined {
  for (const { name, document } of policies) {
    const index = document.Statement.findIndex((statement) => test(statement, document));
    if (index >= 0) return { source, policy: name, sid: document.Statement[index]?.Sid ?? `#${index}` };
  }
  return undefined;
}

/** One request, asked of many statements; its condition context is built when the first statement needs it. */
class Question {
  readonly #request: AuthorizationRequest;
  #context: ConditionContext | undefined;

  constructor(request: AuthorizationRequest) {
    this.#request = request;
  }

  cover(statement: PolicyStatement): ReturnType<typeof principalCover> {
    return principalCover(statement.Principal, this.#request.caller);
  }

  isCovered(statement: PolicyStatement, document: PolicyDocument, effect: PolicyStatement["Effect"]): boolean {
    // Policies of 2008-10-17, which is what a missing Version means, know no policy variables.
    const variables = document.Version === "2012-10-17";
    return (
      statement.Effect === effect &&
      this.#coversAction(statement) &&
      this.#coversResource(statement, variables) &&
      this.#meetsConditions(statement, variables)
    );
  }

  #coversAction({ Action, NotAction }: PolicyStatement): boolean {
    const action = this.#request.action.toLowerCase();
    const matches = (pattern: string): boolean => wildcardMatcher(pattern.toLowerCase(), false)(action);
    return NotAction === undefined ? [Action ?? []].flat().some(matches) : ![NotAction].flat().some(matches);
  }

  /** A trust policy's statements have no Resource: the role itself is meant. */
  #coversResource({ Resource, NotResource }: PolicyStatement, variables: boolean): boolean {
    const matches = (pattern: string): boolean => arnMatcher(pattern, variables)(this.#request.resource);
    if (NotResource !== undefined) return ![NotResource].flat().some(matches);
    return Resource === undefined || [Resource].flat().some(matches);
  }

  #meetsConditions({ Condition }: PolicyStatement, variables: boolean): boolean {
    if (Condition === undefined) return true;
    this.#context ??= new ConditionContext(this.#request);
    const context = this.#context;
    // JSON may hold true or 7 where IAM means their text: not every resource policy came through parsePolicyDocument.
    return Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) =>
        conditionHolds(operator, key, [values].flat().map(String), context.get(key), variables),
      ),
    );
  }
}
