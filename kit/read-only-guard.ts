import type { MiddlewareObj } from "@middy/core";
import { assertWritable, type ReadOnlyOptions, readOnlyOf } from "./assert-writable.ts";
import { isRefusedWrite, ReadOnly } from "./read-only.ts";

export interface ReadOnlyGuardOptions<Event> extends ReadOnlyOptions {
  /** Whose data this call writes; undefined refuses it while anybody's is frozen. */
  readonly tenantOf?: (event: Event) => string | undefined;
  /** Whether this call writes. @default everything but the HTTP methods GET, HEAD and OPTIONS */
  readonly isWrite?: (event: Event) => boolean;
}

/** What a caller over HTTP gets. */
export interface ReadOnlyResponse {
  readonly statusCode: 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Middy middleware: refuses calls that write while the table, or their tenant, is read-only. Over HTTP the caller gets a
 * 503 with Retry-After, also where DynamoDB refused the write before the flag was seen; others (queues, streams, schedules)
 * get the error, so that they try again.
 */
export function readOnlyGuard<Event = unknown>(options: ReadOnlyGuardOptions<Event>): MiddlewareObj<Event, unknown> {
  const { tenantOf, isWrite = writesByDefault } = options;
  return {
    async before({ event }) {
      if (isWrite(event)) await assertWritable(tenantOf?.(event), options);
    },
    onError(request) {
      const { error, event } = request;
      const refusal =
        error instanceof ReadOnly ? error : isRefusedWrite(error) ? readOnlyOf(options, { cause: error }) : undefined;
      if (!refusal) return;
      request.error = refusal;
      if (httpMethodOf(event) !== undefined) request.response = responseOf(refusal);
    },
  };
}

/** The answer to a refused HTTP call. */
export function responseOf({ message, headers, retryAfterSeconds }: ReadOnly): ReadOnlyResponse {
  return { statusCode: 503, headers, body: JSON.stringify({ error: "ReadOnly", message, retryAfterSeconds }) };
}

const READING_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

function writesByDefault(event: unknown): boolean {
  const method = httpMethodOf(event);
  return method === undefined || !READING_METHODS.has(method.toUpperCase());
}

/** Of API Gateway (REST and HTTP), of function URLs and of load balancers. */
function httpMethodOf(event: unknown): string | undefined {
  const { httpMethod, requestContext } = (event ?? {}) as {
    readonly httpMethod?: unknown;
    readonly requestContext?: { readonly http?: { readonly method?: unknown } };
  };
  const method = httpMethod ?? requestContext?.http?.method;
  return typeof method === "string" ? method : undefined;
}
