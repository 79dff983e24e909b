import {
  CreateStateMachineCommand,
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Fixture, only, pass, REGION, ROLE } from "../fixture.ts";
import { ApiFixture, text } from "./api-fixture.ts";

let api: ApiFixture;
let fixture: Fixture;
let client: ApiFixture["client"];
let create: ApiFixture["create"];

beforeEach(async () => {
  api = await ApiFixture.open();
  ({ fixture, client, create } = api);
});

afterEach(() => api.close());

describe("State machines", () => {
  it("are created, described, listed and updated", async () => {
    const logGroupArn = `arn:aws:logs:${REGION}:111122223333:log-group:/machines/recover:*`;
    const created = await client.send(
      new CreateStateMachineCommand({
        name: "recover",
        definition: text(only(pass({}))),
        roleArn: ROLE,
        loggingConfiguration: {
          level: "ALL",
          includeExecutionData: false,
          destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }],
        },
        tracingConfiguration: { enabled: true },
      }),
    );
    const stateMachineArn = created.stateMachineArn ?? "";
    const before = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition: text(only(pass({ Output: 1 }))) }));
    const after = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    const { stateMachines } = await client.send(new ListStateMachinesCommand({}));

    expect(stateMachineArn).toBe(`arn:aws:states:${REGION}:111122223333:stateMachine:recover`);
    expect(before).toMatchObject({ status: "ACTIVE", type: "STANDARD", roleArn: ROLE });
    expect(before.loggingConfiguration).toMatchObject({ level: "ALL", includeExecutionData: false });
    expect(before.creationDate).toEqual(new Date(fixture.clock.now()));
    expect(after.definition).toBe(text(only(pass({ Output: 1 }))));
    expect(after.revisionId).not.toBe(before.revisionId);
    expect(stateMachines?.map(({ name }) => name)).toEqual(["recover"]);
  });

  it("are the same when created twice alike, and refused when created otherwise", async () => {
    const arn = await create(only(pass({})));

    expect(await create(only(pass({})))).toBe(arn);
    await expect(create(only(pass({ Output: 1 })))).rejects.toMatchObject({ name: "StateMachineAlreadyExists" });
  });

  it.each([
    ["a wrong definition", { definition: "{}" }, "InvalidDefinition"],
    ["a name with a space", { name: "a b" }, "InvalidName"],
    [
      "a role that Step Functions cannot assume",
      { roleArn: "arn:aws:iam::111122223333:role/no" },
      "AccessDeniedException",
    ],
    ["an express machine", { type: "EXPRESS" as const }, "NotInPocketAws"],
  ])("are refused for %s", async (_title, wrong, name) => {
    const input = { name: "m", definition: text(only(pass({}))), roleArn: ROLE, ...wrong };

    await expect(client.send(new CreateStateMachineCommand(input))).rejects.toMatchObject({ name });
  });
});
