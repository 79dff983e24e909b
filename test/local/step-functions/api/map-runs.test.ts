import { DescribeMapRunCommand, ListExecutionsCommand, ListMapRunsCommand } from "@aws-sdk/client-sfn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { distributed, type Fixture, HandlerError, invoke, only } from "../fixture.ts";
import { ApiFixture } from "./api-fixture.ts";

let api: ApiFixture;
let fixture: Fixture;
let client: ApiFixture["client"];
let create: ApiFixture["create"];
let describeExecution: ApiFixture["describeExecution"];
let start: ApiFixture["start"];

beforeEach(async () => {
  api = await ApiFixture.open();
  ({ fixture, client, create, describeExecution, start } = api);
});

afterEach(() => api.close());

describe("Map Runs", () => {
  it("are listed and described with their counts and children", async () => {
    const definition = only(
      distributed(
        { StartAt: "Each", States: { Each: { ...invoke("f"), End: true } } },
        { Items: [1, 2, 3], ToleratedFailureCount: 5, MaxConcurrency: 2, Label: "Parts" },
      ),
    );
    fixture.functions.f = (n: number) => {
      if (n === 1) throw new HandlerError("Bad");
      return n === 2 ? 2 : new Promise(() => undefined);
    };
    const executionArn = await start(await create(definition));
    const { mapRuns } = await client.send(new ListMapRunsCommand({ executionArn }));
    const mapRunArn = mapRuns?.[0]?.mapRunArn ?? "";
    const mapRun = await client.send(new DescribeMapRunCommand({ mapRunArn }));
    const children = await client.send(new ListExecutionsCommand({ mapRunArn, statusFilter: "FAILED" }));
    const child = await describeExecution(children.executions?.[0]?.executionArn ?? "");

    expect(mapRunArn).toMatch(/:mapRun:recover\/Parts:[\w-]{36}$/);
    expect(mapRun).toMatchObject({ executionArn, status: "RUNNING", maxConcurrency: 2, toleratedFailureCount: 5 });
    expect(mapRun.itemCounts).toMatchObject({ total: 3, succeeded: 1, failed: 1, running: 1, pending: 0 });
    expect(child).toMatchObject({ mapRunArn, redriveStatus: "REDRIVABLE_BY_MAP_RUN", error: "Bad" });
    await expect(client.send(new DescribeMapRunCommand({ mapRunArn: `${mapRunArn}0` }))).rejects.toMatchObject({
      name: "ResourceNotFound",
    });
  });
});
