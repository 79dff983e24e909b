import type { ZodType } from "zod";
import { RecoveryRequest, ResumeRequest, StoredPlanRequest, UndoRequest } from "../contracts.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { checkForm } from "./check-form.ts";
import { checkTogether } from "./check-together.ts";
import { describeIssue, faultsOf } from "./describe-issue.ts";
import { show } from "./show.ts";

/** More faults than this are counted, not listed: the message is read in a console. */
const MAX_FAULTS_LISTED = 5;

/** A request of one of the four forms. */
export type AskedFor = RecoveryRequest | StoredPlanRequest | UndoRequest | ResumeRequest;

/** Fields that name an earlier recovery, of which a request has one. */
const FORMS = ["undo", "plan", "resume"] as const;
type Form = (typeof FORMS)[number];

/** Request as the schema of its form has it, with defaults; every fault is named with field, value and remedy. */
export function parseAnyRequest(request: unknown): AskedFor {
  checkForm(request);
  const fields = fieldsOf(request);
  if ("undo" in fields) return parseRerun("undo", UndoRequest, fields);
  if ("plan" in fields) return parseRerun("plan", StoredPlanRequest, fields);
  if ("resume" in fields) return parseRerun("resume", ResumeRequest, fields);
  return parseRequest(request);
}

/** A request that describes an incident. */
export function parseRequest(request: unknown): RecoveryRequest {
  const parsed = parseAs(RecoveryRequest, fieldsOf(request));
  checkTogether(parsed);
  return parsed;
}

function fieldsOf(request: unknown): object {
  if (request === null || typeof request !== "object" || Array.isArray(request))
    throw new InvalidRequest(
      `The request is ${show(request)}: it must be an object such as { "table": "orders", "badSince": "2026-11-20T02:20:00Z" }.`,
    );
  return request;
}

function parseAs<Request>(schema: ZodType<Request>, request: object): Request {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, request));
  const listed = faults.slice(0, MAX_FAULTS_LISTED).map((fault) => describeIssue(fault, request));
  const more = faults.length - MAX_FAULTS_LISTED;
  throw new InvalidRequest([...listed, ...(more > 0 ? [`And ${more} more such faults.`] : [])].join(" "));
}

/** A request that names an earlier recovery takes table, times and rules from it. */
function parseRerun<Request>(form: Form, schema: ZodType<Request>, request: object): Request {
  const own = Object.keys((schema as unknown as { shape: object }).shape);
  const id = (request as Readonly<Record<string, unknown>>)[form];
  for (const [field, value] of Object.entries(request)) {
    if (field === form) continue;
    if (FORMS.some((other) => other === field))
      throw new InvalidRequest(
        `Fields "${form}" (${show(id)}) and "${field}" (${show(value)}) are both given: leave one out.`,
      );
    if (!own.includes(field) && Object.hasOwn(RecoveryRequest.shape, field))
      throw new InvalidRequest(
        `Field "${field}" is ${show(value)}, but a request with "${form}" takes its table, times and rules from recovery ${show(id)}: leave it out.`,
      );
  }
  if (typeof id !== "string" || !/^[0-9A-Za-z_-]{1,80}$/.test(id))
    throw new InvalidRequest(
      `Field "${form}" is ${show(id)}: write the name of an earlier recovery, which is the name of its execution.`,
    );
  return parseAs(schema, request);
}
