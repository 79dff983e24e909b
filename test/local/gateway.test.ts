import { Agent, request as httpRequest } from "node:http";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ROOT_CREDENTIALS } from "../../local/iam/credentials.ts";
import { S3Service } from "../../local/s3/service.ts";
import { AwsError, type Service } from "../../local/service.ts";
import { SsmService } from "../../local/ssm/service.ts";
import { gatewayWith, type TestGateway } from "./gateway-with.ts";

let pocket: TestGateway;
let handle: Service["handle"];

beforeEach(async () => {
  handle = async () => ({ status: 200, body: "{}" });
  pocket = await gatewayWith((iam) => [
    new SsmService({ authorizer: iam }),
    new S3Service({ authorizer: iam }),
    { signingName: "dynamodb", handle: (request) => handle(request) },
  ]);
});
afterEach(() => pocket.gateway.close());

const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=${ROOT_CREDENTIALS.accessKeyId}/20261120/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0`;

/** A request that no SDK would make. */
function raw(
  path: string,
  headers: Record<string, string>,
  method = "POST",
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(pocket.gateway.endpoint);
    const sent = httpRequest({ hostname, port, path, method, headers }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        body += chunk;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("the gateway", () => {
  it("listens on loopback and finds service and caller from the credential scope", async () => {
    const keys = await pocket.roleWith("app", { Effect: "Allow", Action: "ssm:*", Resource: "*" });

    await new SSMClient(pocket.config(keys)).send(new PutParameterCommand({ Name: "n", Value: "v", Type: "String" }));
    await new IAMClient(pocket.config()).send(new ListRolesCommand({}));

    expect(pocket.gateway.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(pocket.requests).toMatchObject([
      {
        service: "ssm",
        action: "PutParameter",
        callerArn: "arn:aws:sts::111122223333:assumed-role/app/test",
        principalArn: "arn:aws:iam::111122223333:role/app",
        status: 200,
      },
      { service: "iam", action: "ListRoles", callerArn: "arn:aws:iam::111122223333:root" },
    ]);
  });

  it("takes the scope of a presigned URL from its query", async () => {
    const s3 = new S3Client(pocket.config());
    await s3.send(new CreateBucketCommand({ Bucket: "reports" }));
    await s3.send(new PutObjectCommand({ Bucket: "reports", Key: "a/../b.json", Body: "{}" }));
    const credential = encodeURIComponent(`${ROOT_CREDENTIALS.accessKeyId}/20261120/us-east-1/s3/aws4_request`);

    const answer = await raw(`/reports/a/../b.json?X-Amz-Credential=${credential}&X-Amz-Signature=0`, {}, "GET");

    expect(answer).toEqual({ status: 200, body: "{}" });
  });

  it("refuses keys that nobody was given, in each protocol's own words", async () => {
    const unknown = pocket.config({ accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x" });

    await expect(new SSMClient(unknown).send(new GetParameterCommand({ Name: "n" }))).rejects.toMatchObject({
      name: "UnrecognizedClientException",
      message: expect.stringContaining("AKIAUNKNOWN"),
    });
    await expect(new IAMClient(unknown).send(new ListRolesCommand({}))).rejects.toMatchObject({
      name: "InvalidClientTokenId",
    });
    const get = new GetObjectCommand({ Bucket: "reports", Key: "k" });
    await expect(new S3Client(unknown).send(get)).rejects.toMatchObject({ name: "InvalidAccessKeyId" });
  });

  it.each([
    ["no signature", {}, 403, /MissingAuthenticationToken/],
    [
      "a host name that points at loopback",
      { host: "evil.example:80", authorization: AUTHORIZATION },
      403,
      /The host evil\.example:80/,
    ],
    [
      "a page of another origin",
      { origin: "https://evil.example", authorization: AUTHORIZATION },
      403,
      /The origin https:\/\/evil/,
    ],
    [
      "a service that is not there",
      { authorization: AUTHORIZATION.replace("dynamodb", "rds") },
      501,
      /the service rds/,
    ],
  ])("refuses a request with %s", async (_what, headers, status, body) => {
    const answer = await raw("/", headers as Record<string, string>);

    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(body);
  });

  it("accepts localhost as its name", async () => {
    expect((await raw("/", { host: "localhost:1234", authorization: AUTHORIZATION })).status).toBe(200);
  });

  it("renders an error that a service throws, with its details", async () => {
    handle = async () => {
      throw new AwsError("ConditionalCheckFailedException", "The conditional request failed", 400, {
        Item: { id: { S: "1" } },
      });
    };

    const { status, body } = await raw("/", { authorization: AUTHORIZATION });

    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({
      __type: "ConditionalCheckFailedException",
      message: "The conditional request failed",
      Item: { id: { S: "1" } },
    });
  });

  it("answers 500 with the name of an unexpected throw, and counts and tells it", async () => {
    handle = async () => {
      throw new TypeError("x is not a function");
    };

    const { status, body } = await raw("/", { authorization: AUTHORIZATION });

    expect(status).toBe(500);
    expect(body).toContain("Fault in the pocket AWS (dynamodb): TypeError: x is not a function");
    expect(pocket.gateway.faults).toBe(1);
    expect(pocket.faults).toMatchObject([{ name: "TypeError" }]);
  });

  it("takes bodies of tens of megabytes and answers 413 to more than a hundred", async () => {
    const s3 = new S3Client(pocket.config());
    await s3.send(new CreateBucketCommand({ Bucket: "large" }));
    const Body = Buffer.alloc(20 * 1024 * 1024, 7);

    await s3.send(new PutObjectCommand({ Bucket: "large", Key: "k", Body }));
    const { ContentLength } = await s3.send(new GetObjectCommand({ Bucket: "large", Key: "k" }));
    const tooLarge = await raw("/", { authorization: AUTHORIZATION, "content-length": String(101 * 1024 * 1024) });

    expect(ContentLength).toBe(Body.length);
    expect(tooLarge.status).toBe(413);
  });

  it("keeps connections open between requests", async () => {
    const agent = new Agent({ keepAlive: true });
    const reused: boolean[] = [];
    for (let n = 0; n < 3; n += 1) {
      await new Promise<void>((resolve, reject) => {
        const headers = { authorization: AUTHORIZATION };
        const sent = httpRequest(pocket.gateway.endpoint, { agent, method: "POST", headers }, (answer) => {
          reused.push(sent.reusedSocket);
          // The agent takes the connection back in a later turn of the event loop.
          answer.resume().on("close", () => setImmediate(resolve));
        });
        sent.on("error", reject).end();
      });
    }
    agent.destroy();

    expect(reused).toEqual([false, true, true]);
  });

  it("refuses a second service of the same name", () => {
    expect(() => pocket.gateway.addService({ signingName: "dynamodb", handle })).toThrow(/a service dynamodb already/);
  });
});

describe("conditions", () => {
  it("answers some requests with an internal error before they take effect, which SDK clients get over", async () => {
    pocket.conditions.internalErrorRate = 0.5;
    const patient = new SSMClient({ ...pocket.config(), maxAttempts: 20, retryMode: "standard" });

    for (let version = 1; version <= 5; version += 1) {
      const put = new PutParameterCommand({ Name: "n", Value: "v", Type: "String", Overwrite: true });
      expect((await patient.send(put)).Version).toBe(version);
    }

    expect(pocket.requests.filter(({ status }) => status === 500).length).toBeGreaterThan(0);
    expect(pocket.gateway.faults).toBe(0);
  });

  it("leaves DynamoDB's internal errors to DynamoDB", async () => {
    pocket.conditions.internalErrorRate = 1;

    expect((await raw("/", { authorization: AUTHORIZATION })).status).toBe(200);
    await expect(new S3Client(pocket.config()).send(new CreateBucketCommand({ Bucket: "b-1" }))).rejects.toMatchObject({
      name: "InternalError",
    });
  });
});
