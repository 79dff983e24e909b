import type { SSMClient } from "@aws-sdk/client-ssm";
import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2, Context } from "aws-lambda";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { assertWritable, isRefusedWrite, ReadOnly, type ReadOnlyGuardOptions, readOnlyGuard } from "../../kit/index.ts";

/** Systems Manager with one flag; an Error instead of a text is thrown. */
class Ssm {
  flag: string | Error = "none";
  reads = 0;
  readonly client = {
    config: {},
    middlewareStack: { identify: () => [], addRelativeTo: () => {}, use: () => {} },
    send: async () => {
      this.reads += 1;
      if (this.flag instanceof Error) throw this.flag;
      return { Parameter: { Value: this.flag } };
    },
  } as unknown as SSMClient;
}

let ssm: Ssm;
let warnings: string[];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 20) });
  ssm = new Ssm();
  warnings = [];
});
afterEach(() => vi.useRealTimers());

const passSeconds = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

function options(change: Partial<ReadOnlyGuardOptions<unknown>> = {}): ReadOnlyGuardOptions<unknown> {
  return {
    parameterName: "/orders/read-only",
    onUnreadable: "allow",
    client: ssm.client,
    onWarning: (message) => void warnings.push(message),
    ...change,
  };
}

async function isWritable(tenant: string | undefined, chosen = options()): Promise<boolean> {
  try {
    await assertWritable(tenant, chosen);
    return true;
  } catch (error) {
    if (error instanceof ReadOnly) return false;
    throw error;
  }
}

describe("assertWritable", () => {
  it.each([
    ["none", true, true, true],
    ["all", false, false, false],
    ["t016", false, true, false],
    ["t0161, t016", false, true, false],
    ["t0161", true, true, false],
    ["T016", true, true, false],
  ])("of the flag %s: t016 %s, t017 %s, nobody knows who %s", async (flag, t016, t017, unknown) => {
    ssm.flag = flag;

    expect([await isWritable("t016"), await isWritable("t017"), await isWritable(undefined)]).toEqual([
      t016,
      t017,
      unknown,
    ]);
  });

  it("believes a value for five seconds, and then asks again", async () => {
    const chosen = options();
    await assertWritable("a", chosen);
    ssm.flag = "all";
    passSeconds(4);
    expect(await isWritable("a", chosen)).toBe(true);
    passSeconds(2);
    expect(await isWritable("a", chosen)).toBe(false);
    expect(ssm.reads).toBe(2);
  });

  it("believes it as long as it is told to", async () => {
    const chosen = options({ cacheSeconds: 60 });
    await assertWritable("a", chosen);
    passSeconds(59);
    await assertWritable("a", chosen);

    expect(ssm.reads).toBe(1);
  });

  it("asks once for all that ask at the same time", async () => {
    const chosen = options();
    await Promise.all(["a", "b", "c"].map((tenant) => assertWritable(tenant, chosen)));

    expect(ssm.reads).toBe(1);
  });

  it.each([
    ["allow", true],
    ["refuse", false],
  ] as const)("with onUnreadable %s, without Systems Manager writes are allowed: %s", async (onUnreadable, allowed) => {
    const chosen = options({ onUnreadable });
    ssm.flag = new Error("away");

    expect(await isWritable("a", chosen)).toBe(allowed);
    expect(await isWritable("a", chosen)).toBe(allowed);
    // Asked anew only after the time of the cache: a service that is away slows nobody down more often.
    expect([ssm.reads, warnings.length]).toEqual([1, 1]);
    expect(warnings[0]).toContain("/orders/read-only");

    passSeconds(5);
    ssm.flag = allowed ? "all" : "none";
    expect(await isWritable("a", chosen)).toBe(!allowed);
  });

  it.each(["", "a,,b", "a,all", " "])("takes the text %j for unreadable, not for nobody", async (flag) => {
    ssm.flag = flag;

    expect(await isWritable("a", options({ onUnreadable: "refuse" }))).toBe(false);
    expect(await isWritable("a", options({ onUnreadable: "allow" }))).toBe(true);
  });
});

const POST = { requestContext: { http: { method: "POST" } } };
const context = {} as Context;

function handlerOf(chosen: ReadOnlyGuardOptions<unknown>, work: () => unknown = () => "done") {
  return middy<unknown, unknown>()
    .use(readOnlyGuard(chosen))
    .handler(async () => work());
}

describe("readOnlyGuard", () => {
  it("lets calls through while nothing is frozen", async () => {
    expect(await handlerOf(options())(POST, context)).toBe("done");
  });

  it("answers a 503 with Retry-After and a kind message, and does not call the handler", async () => {
    ssm.flag = "all";
    const work = vi.fn();

    const response = await handlerOf(options({ message: "Back soon.", retryAfterSeconds: 120 }), work)(POST, context);

    expect(response).toEqual({
      statusCode: 503,
      headers: { "Retry-After": "120", "Content-Type": "application/json" },
      body: JSON.stringify({ error: "ReadOnly", message: "Back soon.", retryAfterSeconds: 120 }),
    });
    expect(work).not.toHaveBeenCalled();
  });

  it.each(["GET", "head", "OPTIONS"])("lets %s through, also during a freeze, without asking", async (httpMethod) => {
    ssm.flag = "all";

    expect(await handlerOf(options())({ httpMethod }, context)).toBe("done");
    expect(ssm.reads).toBe(0);
  });

  it("guards what it is told is a write", async () => {
    ssm.flag = "all";

    const response = await handlerOf(options({ isWrite: () => true }))({ httpMethod: "GET" }, context);

    expect(response).toMatchObject({ statusCode: 503 });
  });

  it("refuses the frozen tenant alone", async () => {
    ssm.flag = "a,b";
    const tenantOf = (event: unknown) => (event as { tenant: string }).tenant;
    const handler = handlerOf(options({ tenantOf }));

    expect(await handler({ ...POST, tenant: "b" }, context)).toMatchObject({ statusCode: 503 });
    expect(await handler({ ...POST, tenant: "c" }, context)).toBe("done");
  });

  it("fits a typed handler, and finds the tenant in its event", async () => {
    ssm.flag = "a";
    const tenantOf = ({ headers }: APIGatewayProxyEventV2) => headers["x-tenant"];
    const { parameterName, onUnreadable, client } = options() as ReadOnlyGuardOptions<never>;
    const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyResultV2>()
      .use(readOnlyGuard({ parameterName, onUnreadable, ...(client ? { client } : {}), tenantOf }))
      .handler(async () => ({ statusCode: 201 }));
    const call = (tenant: string) =>
      handler({ ...POST, headers: { "x-tenant": tenant } } as unknown as APIGatewayProxyEventV2, context);

    expect(await call("a")).toMatchObject({ statusCode: 503 });
    expect(await call("b")).toEqual({ statusCode: 201 });
  });

  it("fails a call that came over no HTTP, so that a queue gives the message again", async () => {
    ssm.flag = "all";

    await expect(handlerOf(options())({ Records: [] }, context)).rejects.toBeInstanceOf(ReadOnly);
  });

  it("gives the same answer where DynamoDB refused the write before the flag was seen", async () => {
    const handler = handlerOf(options(), () => {
      throw new Error("not saved", {
        cause: denied("dynamodb:UpdateItem", "with an explicit deny in a resource-based policy"),
      });
    });

    expect(await handler(POST, context)).toMatchObject({ statusCode: 503, headers: { "Retry-After": "60" } });
    await expect(handler({ Records: [] }, context)).rejects.toMatchObject({ name: "ReadOnly", statusCode: 503 });
  });

  it("leaves other errors as they are", async () => {
    const missing = denied("dynamodb:UpdateItem", "because no identity-based policy allows the action");
    const handler = handlerOf(options(), () => {
      throw missing;
    });

    await expect(handler(POST, context)).rejects.toBe(missing);
  });
});

function denied(action: string, why: string): Error {
  const error = new Error(
    `User: arn:aws:sts::1:assumed-role/app/x is not authorized to perform: ${action} on resource: t ${why}`,
  );
  error.name = "AccessDeniedException";
  return error;
}

it("a read that is denied is no refused write", () => {
  const why = "with an explicit deny in a resource-based policy";

  expect(isRefusedWrite(denied("dynamodb:PutItem", why))).toBe(true);
  expect(isRefusedWrite(denied("dynamodb:GetItem", why))).toBe(false);
  expect(isRefusedWrite("AccessDeniedException")).toBe(false);
});
