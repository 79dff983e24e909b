import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from "@aws-sdk/client-dynamodb";
import { type Conditions, quietConditions } from "../../../local/conditions.ts";
import { type DynamoDbOptions, DynamoDbService } from "../../../local/dynamodb/service.ts";
import {
  type ApiResponse,
  type AuthorizationRequest,
  type Authorizer,
  AwsError,
  type Caller,
} from "../../../local/service.ts";

export const ACCOUNT = "111122223333";
export const REGION = "eu-west-1";

/** The service behind a bare HTTP server; the access key id is the role's name, `root` is root. */
export interface World {
  readonly service: DynamoDbService;
  readonly conditions: Conditions;
  readonly authorizer: ScriptedAuthorizer;
  /** A client of root. */
  readonly client: DynamoDBClient;
  clientOf(role: string, overrides?: DynamoDBClientConfig): DynamoDBClient;
  close(): Promise<void>;
}

/** Allows what the test does not deny, and remembers what it was asked. */
export class ScriptedAuthorizer implements Authorizer {
  asked: AuthorizationRequest[] = [];
  denies: (request: AuthorizationRequest) => boolean = () => false;

  authorize(request: AuthorizationRequest): void {
    this.asked.push(request);
    if (this.denies(request))
      throw new AwsError(
        "AccessDeniedException",
        `User: ${request.caller.arn} is not authorized to perform: ${request.action}`,
      );
  }
}

export function callerNamed(name: string): Caller {
  if (name === "root") {
    const arn = `arn:aws:iam::${ACCOUNT}:root`;
    return { accountId: ACCOUNT, kind: "root", arn, principalArn: arn, accessKeyId: name };
  }
  return {
    accountId: ACCOUNT,
    kind: "role",
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/session`,
    principalArn: roleArn(name),
    accessKeyId: name,
  };
}

export function roleArn(name: string): string {
  return `arn:aws:iam::${ACCOUNT}:role/${name}`;
}

export function tableArn(name: string): string {
  return `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;
}

export async function startWorld(
  overrides: Partial<Conditions> = {},
  options: Pick<DynamoDbOptions, "now"> = {},
): Promise<World> {
  const conditions = quietConditions(overrides);
  const authorizer = new ScriptedAuthorizer();
  const service = await DynamoDbService.start({
    accountId: ACCOUNT,
    region: REGION,
    authorizer,
    conditions,
    ...options,
  });
  const server = createServer((incoming, outgoing) => {
    void respond(service, incoming).then((response) => {
      outgoing.writeHead(response.status, { ...response.headers });
      outgoing.end(response.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: DynamoDBClient[] = [];
  const clientOf = (role: string, settings: DynamoDBClientConfig = {}) => {
    const client = new DynamoDBClient({
      endpoint,
      region: REGION,
      credentials: { accessKeyId: role, secretAccessKey: "secret" },
      maxAttempts: 1,
      ...settings,
    });
    clients.push(client);
    return client;
  };
  return {
    service,
    conditions,
    authorizer,
    client: clientOf("root"),
    clientOf,
    async close() {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await service.close();
    },
  };
}

async function respond(service: DynamoDbService, incoming: IncomingMessage): Promise<ApiResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) if (typeof value === "string") headers[name] = value;
  const accessKeyId = /Credential=([^/]+)/.exec(headers.authorization ?? "")?.[1] ?? "";
  return service
    .handle({
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      query: new URLSearchParams(),
      headers,
      body: Buffer.concat(chunks),
      caller: callerNamed(accessKeyId),
    })
    .catch((error: unknown) => ({ status: 500, body: JSON.stringify({ __type: "Fault", message: String(error) }) }));
}

/** A table with a string partition key `pk` and, if asked, a number sort key `sk`. */
export async function createTable(
  world: World,
  name: string,
  extra: Partial<CreateTableCommandInput> = {},
): Promise<void> {
  await world.client.send(
    new CreateTableCommand({
      TableName: name,
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
      ...extra,
    }),
  );
}

/** Asks until the table is ACTIVE: a restore runs in real time. */
export async function untilActive(client: DynamoDBClient, name: string): Promise<void> {
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (Table?.TableStatus === "ACTIVE") return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
