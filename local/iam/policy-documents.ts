import { AwsError, NotInPocketAwsError, type PolicyDocument, type PolicyStatement } from "../service.ts";
import { parseOperator } from "./condition-operators.ts";
import { isArnPattern } from "./patterns.ts";

/** `identity`: attached to a role. `resource`: of a table, bucket or topic. `trust`: who may assume a role. */
export type PolicyKind = "identity" | "resource" | "trust";

const DOCUMENT_ELEMENTS = ["Version", "Id", "Statement"];
const STATEMENT_ELEMENTS = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
];

/** Reads a policy's JSON and checks its grammar; what is wrong is a MalformedPolicyDocument that says where. */
export function parsePolicyDocument(text: string, kind: PolicyKind): PolicyDocument {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw malformed(`it is not JSON: ${(cause as Error).message}`);
  }
  if (!isRecord(parsed)) throw malformed("it must be a JSON object");
  refuseUnknown(parsed, DOCUMENT_ELEMENTS, "the document");
  const { Version, Id, Statement } = parsed;
  if (Version !== undefined && Version !== "2012-10-17" && Version !== "2008-10-17") {
    throw malformed(`Version ${String(Version)} is neither 2012-10-17 nor 2008-10-17`);
  }
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  const sids = new Set<string>();
  const checked = statements.map((statement: unknown, index) => checkStatement(statement, index, kind, sids));
  return {
    ...(Version === undefined ? {} : { Version }),
    ...(typeof Id === "string" ? { Id } : {}),
    Statement: checked,
  };
}

function checkStatement(statement: unknown, index: number, kind: PolicyKind, sids: Set<string>): PolicyStatement {
  const where = `statement ${index}`;
  if (!isRecord(statement)) throw malformed(`${where} must be an object`);
  refuseUnknown(statement, STATEMENT_ELEMENTS, where);
  const { Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition } = statement;
  if (NotPrincipal !== undefined) throw new NotInPocketAwsError("the policy element NotPrincipal");
  if (Sid !== undefined && (typeof Sid !== "string" || sids.has(Sid))) {
    throw malformed(`${where}: the Sid ${String(Sid)} is not unique text`);
  }
  if (typeof Sid === "string") sids.add(Sid);
  if (Effect !== "Allow" && Effect !== "Deny") throw malformed(`${where}: Effect must be Allow or Deny`);
  oneOf(where, "Action", Action, NotAction);
  for (const action of textsOf(Action ?? NotAction)) {
    if (!/^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/.test(action))
      throw malformed(`${where}: the action ${action} is not valid`);
  }
  if (kind === "trust") {
    if (Resource !== undefined || NotResource !== undefined)
      throw malformed(`${where}: a trust policy has no Resource`);
  } else {
    oneOf(where, "Resource", Resource, NotResource);
    for (const resource of textsOf(Resource ?? NotResource)) {
      if (!isArnPattern(resource)) throw malformed(`${where}: the resource ${resource} must be in ARN format or "*"`);
    }
  }
  checkPrincipal(where, Principal, kind);
  return {
    ...(typeof Sid === "string" ? { Sid } : {}),
    Effect,
    ...(Principal === undefined ? {} : { Principal: Principal as NonNullable<PolicyStatement["Principal"]> }),
    ...(Action === undefined ? {} : { Action: textsOf(Action) }),
    ...(NotAction === undefined ? {} : { NotAction: textsOf(NotAction) }),
    ...(Resource === undefined ? {} : { Resource: textsOf(Resource) }),
    ...(NotResource === undefined ? {} : { NotResource: textsOf(NotResource) }),
    ...(Condition === undefined ? {} : { Condition: checkCondition(where, Condition) }),
  };
}

function checkPrincipal(where: string, principal: unknown, kind: PolicyKind): void {
  if (kind === "identity") {
    if (principal !== undefined) throw malformed(`${where}: an identity policy names no Principal`);
    return;
  }
  if (principal === "*") return;
  if (!isRecord(principal)) throw malformed(`${where}: Principal must be "*" or an object`);
  for (const [type, named] of Object.entries(principal)) {
    if (type !== "AWS" && type !== "Service") throw new NotInPocketAwsError(`the principal type ${type}`);
    for (const name of textsOf(named)) {
      if (name !== "*" && /[*?]/.test(name)) throw malformed(`${where}: the principal ${name} must not hold wildcards`);
    }
  }
}

function checkCondition(where: string, condition: unknown): Record<string, Record<string, string[]>> {
  if (!isRecord(condition)) throw malformed(`${where}: Condition must be an object`);
  const checked: Record<string, Record<string, string[]>> = {};
  for (const [operator, keys] of Object.entries(condition)) {
    parseOperator(operator);
    if (!isRecord(keys)) throw malformed(`${where}: ${operator} must hold condition keys`);
    checked[operator] = Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, textsOf(values)]));
  }
  return checked;
}

function oneOf(where: string, name: string, value: unknown, negated: unknown): void {
  if ((value === undefined) === (negated === undefined)) {
    throw malformed(`${where} needs either ${name} or Not${name}`);
  }
}

function textsOf(value: unknown): string[] {
  return [value].flat().map((one) => {
    if (typeof one === "string") return one;
    if (typeof one === "boolean" || typeof one === "number") return String(one);
    throw malformed(`${JSON.stringify(one)} stands where text is needed`);
  });
}

function refuseUnknown(value: Record<string, unknown>, known: readonly string[], where: string): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw malformed(`${where} has an unknown element ${unknown}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(problem: string): AwsError {
  return new AwsError("MalformedPolicyDocument", `The policy is malformed: ${problem}.`);
}
