import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Conditions } from "./conditions.ts";
import { type Interceptor, LostAnswer } from "./interception.ts";
import { actionOf } from "./protocols/json.ts";
import { queryActionOf } from "./protocols/query.ts";
import { internalErrorCode, renderError, unknownKeyCode } from "./protocols/render-error.ts";
import {
  type ApiRequest,
  type ApiResponse,
  AwsError,
  type Caller,
  NotInPocketAwsError,
  type Service,
} from "./service.ts";

/** More than any request of ours; beyond it a mistake is likelier than a need. */
const MAX_BODY_BYTES = 100 * 1024 * 1024;
/** SDK clients keep connections for minutes; a server that closes first makes them fail with ECONNRESET. */
const KEEP_ALIVE_MS = 600_000;
/** DynamoDB applies latency and errors itself, since they belong to some of its requests only. */
const APPLIES_CONDITIONS_ITSELF: ReadonlySet<string> = new Set(["dynamodb"]);

/** One finished request, for counting who called what. */
export interface RequestEntry {
  readonly service: string;
  /** The operation (`PutItem`); for REST services (S3, Lambda) the method and path. */
  readonly action: string;
  /** The caller's own ARN: for a role the session, whose name tells which function it was. */
  readonly callerArn: string;
  readonly principalArn: string;
  readonly status: number;
  readonly atMs: number;
}

export interface GatewayOptions {
  /** 0 or nothing takes any free port. */
  readonly port?: number;
  readonly services: readonly Service[];
  callerOf(accessKeyId: string): Caller;
  readonly conditions: Conditions;
  readonly onRequest?: (entry: RequestEntry) => void;
  /** Asked at every request: who stands between caller and service now. */
  readonly interceptor?: () => Interceptor | undefined;
  /** Told of every unexpected throw; writes to stderr unless given. */
  readonly onFault?: (fault: Error) => void;
}

/** One HTTP door on the loopback interface for all services: finds service and caller from the signature's scope. */
export class Gateway {
  readonly endpoint: string;
  /** Unexpected throws of services so far: 0 unless the pocket AWS itself has a mistake. */
  faults = 0;
  readonly #server: Server;
  readonly #services: Map<string, Service>;
  readonly #options: GatewayOptions;

  private constructor(server: Server, port: number, options: GatewayOptions) {
    this.#server = server;
    this.#options = options;
    this.#services = new Map(options.services.map((service) => [service.signingName, service]));
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  static async listen(options: GatewayOptions): Promise<Gateway> {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port ?? 0, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("The gateway got no port.");
    const gateway = new Gateway(server, address.port, options);
    server.on("request", (incoming, outgoing) => void gateway.#answer(incoming, outgoing));
    return gateway;
  }

  addService(service: Service): void {
    if (this.#services.has(service.signingName)) throw new Error(`There is a service ${service.signingName} already.`);
    this.#services.set(service.signingName, service);
  }

  /** Closes the port and every connection; the services are closed by who made them. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    // Not parsed as a URL, which would resolve `..` and `//` inside an S3 key.
    const [path = "/", query = ""] = (incoming.url ?? "/").split(/\?(.*)/s);
    const target = { path, query: new URLSearchParams(query) };
    const scope = scopeOf(incoming, target.query);
    let request: ApiRequest | undefined;
    let response: ApiResponse;
    try {
      refuseForeignPages(incoming);
      request = await this.#read(incoming, target, scope);
      response = await this.#handle(request, scope.service);
    } catch (error) {
      if (error instanceof LostAnswer) {
        outgoing.destroy();
        return;
      }
      const known = error instanceof AwsError ? error : this.#fault(scope.service, error);
      response = renderError(scope.service, known, { method: incoming.method ?? "" });
    }
    this.#tell(request, scope.service, response.status);
    send(outgoing, response, incoming.method === "HEAD");
  }

  async #read(incoming: IncomingMessage, target: Target, scope: Scope): Promise<ApiRequest> {
    const body = await bodyOf(incoming);
    return {
      method: incoming.method ?? "GET",
      ...target,
      headers: headersOf(incoming),
      body,
      caller: this.#callerOf(scope),
    };
  }

  /** The signature itself is not verified: the port is loopback, and the key id alone says who acts. */
  #callerOf(scope: Scope): Caller {
    if (scope.accessKeyId === "") {
      throw new AwsError("MissingAuthenticationToken", "The request is not signed (no credential scope).", 403);
    }
    try {
      return this.#options.callerOf(scope.accessKeyId);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw new AwsError(unknownKeyCode(scope.service), error.message, 403);
    }
  }

  async #handle(request: ApiRequest, service: string): Promise<ApiResponse> {
    const intercept = this.#options.interceptor?.();
    if (intercept === undefined) return this.#serve(request, service);
    return intercept({ service, action: operationOf(request, service), request }, () => this.#serve(request, service));
  }

  async #serve(request: ApiRequest, signingName: string): Promise<ApiResponse> {
    const service = this.#services.get(signingName);
    if (service === undefined) throw new NotInPocketAwsError(`the service ${signingName}`);
    const { conditions } = this.#options;
    if (!APPLIES_CONDITIONS_ITSELF.has(signingName)) {
      if (conditions.latencyMs > 0) await sleep(conditions.latencyMs);
      if (conditions.internalErrorRate > 0 && conditions.random() < conditions.internalErrorRate) {
        throw new AwsError(internalErrorCode(signingName), "An injected internal error. Please try again.", 500);
      }
    }
    return service.handle(request);
  }

  #fault(signingName: string, error: unknown): AwsError {
    const fault = error instanceof Error ? error : new Error(String(error));
    this.faults += 1;
    const report = this.#options.onFault ?? ((told: Error) => console.error("Fault in the pocket AWS:", told));
    report(fault);
    return new AwsError(
      internalErrorCode(signingName),
      `Fault in the pocket AWS (${signingName}): ${fault.name}: ${fault.message}`,
      500,
    );
  }

  #tell(request: ApiRequest | undefined, service: string, status: number): void {
    if (request === undefined || this.#options.onRequest === undefined) return;
    const { arn: callerArn, principalArn } = request.caller;
    const action = operationOf(request, service);
    this.#options.onRequest({ service, action, callerArn, principalArn, status, atMs: Date.now() });
  }
}

type Target = Pick<ApiRequest, "path" | "query">;

interface Scope {
  readonly accessKeyId: string;
  readonly service: string;
}

/** `Credential=<key>/<date>/<region>/<service>/aws4_request`, from the header or, for presigned URLs, the query. */
function scopeOf(incoming: IncomingMessage, query: URLSearchParams): Scope {
  const header = /Credential=([^,\s]+)/.exec(incoming.headers.authorization ?? "")?.[1];
  const [accessKeyId = "", , , service = ""] = (header ?? query.get("X-Amz-Credential") ?? "").split("/");
  return { accessKeyId, service };
}

/** A web page elsewhere must not reach the pocket AWS by a name that points at 127.0.0.1 (DNS rebinding), or from its own origin. */
function refuseForeignPages(incoming: IncomingMessage): void {
  const { host = "", origin } = incoming.headers;
  if (!isLoopback(`http://${host}`)) {
    throw new AwsError("AccessDenied", `The host ${host} is not 127.0.0.1 or localhost.`, 403);
  }
  if (origin !== undefined && !isLoopback(origin)) {
    throw new AwsError("AccessDenied", `The origin ${origin} is not 127.0.0.1 or localhost.`, 403);
  }
}

function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return hostname === "127.0.0.1" || hostname === "localhost" || hostname === "[::1]";
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  return headers;
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  if (Number(incoming.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw bodyTooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw bodyTooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function bodyTooLarge(): AwsError {
  return new AwsError("EntityTooLarge", `The body is larger than ${MAX_BODY_BYTES} bytes.`, 413);
}

function operationOf(request: ApiRequest, service: string): string {
  if (service !== "s3" && service !== "lambda") return actionOf(request) || queryActionOf(request);
  return `${request.method} ${request.path}`;
}

function send(outgoing: ServerResponse, response: ApiResponse, headOnly: boolean): void {
  const { body: given } = response;
  const body = typeof given === "string" ? Buffer.from(given, "utf8") : given;
  outgoing.writeHead(response.status, {
    "x-amzn-requestid": randomUUID(),
    ...(headOnly || response.status === 204 ? {} : { "content-length": String(body?.length ?? 0) }),
    ...response.headers,
  });
  outgoing.end(headOnly ? undefined : body);
}
