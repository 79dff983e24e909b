import { WRITE_ACTIONS } from "../functions/read-only/write-actions.ts";

/** What a caller is told where nothing else is configured. */
export const KIND_MESSAGE =
  "We are repairing data and can't save changes right now. Nothing is lost; please try again in a few minutes.";

export const RETRY_AFTER_SECONDS = 60;

/** Data can't be written for now: 503 with Retry-After, for whoever turns errors into HTTP responses. */
export class ReadOnly extends Error {
  override readonly name = "ReadOnly";
  readonly statusCode = 503;
  /** Frameworks that hide the messages of server errors show this one. */
  readonly expose = true;
  readonly retryAfterSeconds: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(message = KIND_MESSAGE, retryAfterSeconds = RETRY_AFTER_SECONDS, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterSeconds = retryAfterSeconds;
    this.headers = { "Retry-After": String(retryAfterSeconds), "Content-Type": "application/json" };
  }
}

const REFUSED_WRITE = new RegExp(
  String.raw`not authorized to perform: (?:${WRITE_ACTIONS.join("|")})\b[\s\S]*explicit deny`,
);
/** How deep an error may be wrapped by what the application uses between itself and the SDK. */
const MAX_CAUSES = 5;

/** Whether DynamoDB refused a write by an explicit deny: a table policy or a deny policy was quicker than the flag. */
export function isRefusedWrite(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth += 1) {
    if (cause.name === "AccessDeniedException" && REFUSED_WRITE.test(cause.message)) return true;
    cause = cause.cause;
  }
  return false;
}
