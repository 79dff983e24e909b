import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StsService } from "../../../local/sts/service.ts";
import { gatewayWith, type TestGateway } from "../gateway-with.ts";
import { ACCOUNT, trustOf } from "../iam/policies.ts";

let pocket: TestGateway;
let iam: IAMClient;
const PROBE = `arn:aws:iam::${ACCOUNT}:role/probe`;
const DELEGATED = `arn:aws:iam::${ACCOUNT}:role/delegated`;

beforeAll(async () => {
  pocket = await gatewayWith((service) => [new StsService({ iam: service, now: () => 0 })]);
  iam = new IAMClient(pocket.config());
  const create = (RoleName: string, principal: string) =>
    iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustOf({ AWS: principal }) }));
  await create("probe", `arn:aws:iam::${ACCOUNT}:role/verifier`);
  await create("delegated", `arn:aws:iam::${ACCOUNT}:root`);
});
afterAll(async () => {
  iam.destroy();
  await pocket.gateway.close();
  expect(pocket.faults).toEqual([]);
});

describe("AssumeRole", () => {
  it("gives working keys to the role that the trust policy names", async () => {
    const verifier = new STSClient(pocket.config(await pocket.roleWith("verifier")));

    const { Credentials, AssumedRoleUser } = await verifier.send(
      new AssumeRoleCommand({ RoleArn: PROBE, RoleSessionName: "probe-1", DurationSeconds: 900 }),
    );
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "", Expiration } = Credentials ?? {};
    const probe = new STSClient(
      pocket.config({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }),
    );

    expect(await probe.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: ACCOUNT,
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/probe/probe-1`,
    });
    expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/probe/probe-1`);
    expect(Expiration).toEqual(new Date(900_000));
  });

  it("refuses a role that the trust policy does not name, whatever its own policies say", async () => {
    const may = { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" } as const;
    const other = new STSClient(pocket.config(await pocket.roleWith("other", may)));

    await expect(other.send(new AssumeRoleCommand({ RoleArn: PROBE, RoleSessionName: "probe" }))).rejects.toMatchObject(
      {
        name: "AccessDenied",
        message: expect.stringContaining(`is not authorized to perform: sts:AssumeRole on resource: ${PROBE}`),
      },
    );
    const none = new AssumeRoleCommand({ RoleArn: `${PROBE}-none`, RoleSessionName: "probe" });
    await expect(other.send(none)).rejects.toMatchObject({ name: "AccessDenied" });
  });

  it("asks for the caller's own permission where the trust policy names only the account", async () => {
    const may = { Effect: "Allow", Action: "sts:AssumeRole", Resource: DELEGATED } as const;
    const allowed = new STSClient(pocket.config(await pocket.roleWith("allowed", may)));
    const bare = new STSClient(pocket.config(await pocket.roleWith("bare")));
    const assume = new AssumeRoleCommand({ RoleArn: DELEGATED, RoleSessionName: "run" });

    expect((await allowed.send(assume)).Credentials?.AccessKeyId).toMatch(/^ASIA/);
    await expect(bare.send(assume)).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

describe("GetCallerIdentity", () => {
  it("names the root of the account for the operator's keys", async () => {
    const { Arn } = await new STSClient(pocket.config()).send(new GetCallerIdentityCommand({}));

    expect(Arn).toBe(`arn:aws:iam::${ACCOUNT}:root`);
  });
});
