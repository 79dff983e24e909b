import {
  DeleteTableCommand,
  ExportTableToPointInTimeCommand,
  ListExportsCommand,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PolicyStatement } from "../../../local/service.ts";
import { BUCKET, ExportWorld, TABLE } from "./export-world.ts";

let world: ExportWorld;

beforeEach(async () => {
  world = await ExportWorld.start({ latestRestorableLagMs: 300_000 });
  world.moveTo(60);
});
afterEach(() => world.close());

const item = (pk: string, state: string) => ({ pk: { S: pk }, state: { S: state } });

describe("an export is refused", () => {
  test.each([
    ["that begins before recovery was switched on", -1, 20, "InvalidExportTimeException"],
    ["that ends later than what can be restored yet", 30, 56, "InvalidExportTimeException"],
    ["of less than 15 minutes", 10, 24.9, "ValidationException"],
  ])("%s", async (_what, from, to, name) => {
    await expect(world.startExport(from, to)).rejects.toMatchObject({ name });
  });

  test("of more than 24 hours", async () => {
    world.moveTo(48 * 60);

    await expect(world.startExport(0, 24 * 60 + 1)).rejects.toMatchObject({ name: "ValidationException" });
    await expect(world.startExport(0, 24 * 60)).resolves.toMatchObject({ ExportStatus: "IN_PROGRESS" });
  });

  test("while recovery is off", async () => {
    await world.dynamodb.send(
      new UpdateContinuousBackupsCommand({
        TableName: TABLE,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
      }),
    );

    await expect(world.startExport(5, 25)).rejects.toMatchObject({ name: "PointInTimeRecoveryUnavailableException" });
  });

  test("of a table that is not there, and one that is not there is not described", async () => {
    await expect(world.startExport(5, 25, { TableArn: world.tableArn("nowhere") })).rejects.toMatchObject({
      name: "TableNotFoundException",
    });
    await expect(world.describe(`${world.tableArn()}/export/01-nothing`)).rejects.toMatchObject({
      name: "ExportNotFoundException",
    });
  });

  test.each([
    ["S3SseAlgorithm", { S3SseAlgorithm: "KMS" }],
    ["ION", { ExportFormat: "ION" }],
    ["S3BucketOwner", { S3BucketOwner: "999999999999" }],
    ["ProjectionExpression", { FilterSpecification: { ProjectionExpression: "pk" } }],
  ] as const)("by name where the pocket AWS does not know it: %s", async (name, extra) => {
    const refused = world.startExport(5, 25, extra);

    await expect(refused).rejects.toMatchObject({ name: "NotInPocketAws", message: expect.stringContaining(name) });
  });

  test("with the 301st at the same time", async () => {
    world.aws.conditions.exportMs = Number.POSITIVE_INFINITY;
    const starts = Array.from({ length: 300 }, () => world.startExport(5, 25));
    await Promise.all(starts);

    await expect(world.startExport(5, 25)).rejects.toMatchObject({ name: "LimitExceededException" });
  });
});

describe("a client token", () => {
  test("answers the same export to the same request for 8 hours, and refuses it for another one", async () => {
    const first = await world.startExport(5, 25, { ClientToken: "recovery-1" });

    const again = await world.startExport(5, 25, { ClientToken: "recovery-1" });
    const other = world.startExport(5, 26, { ClientToken: "recovery-1" });

    expect(again.ExportArn).toBe(first.ExportArn);
    await expect(other).rejects.toMatchObject({ name: "ExportConflictException" });
    world.moveTo(60 + 8 * 60);
    const later = await world.startExport(5, 25, { ClientToken: "recovery-1" });
    expect(later.ExportArn).not.toBe(first.ExportArn);
  });

  test("answers the export that failed as well", async () => {
    world.aws.conditions.exportFailure = { code: "InternalError", message: "Something broke" };
    const first = await world.startExport(5, 25, { ClientToken: "recovery-1" });
    await world.ended(first.ExportArn);

    const again = await world.startExport(5, 25, { ClientToken: "recovery-1" });

    expect(again).toMatchObject({ ExportArn: first.ExportArn, ExportStatus: "FAILED" });
  });
});

describe("an export takes its time", () => {
  test("and has no manifest before it is over", async () => {
    world.aws.conditions.exportMs = 60_000;
    const { ExportArn } = await world.startExport(5, 25);
    world.moveTo(60, 59_999);
    const running = await world.describe(ExportArn);
    const early = await world.keys();
    world.moveTo(61);

    const ended = await world.ended(ExportArn);

    expect(running).toMatchObject({ ExportStatus: "IN_PROGRESS", StartTime: world.at(60) });
    expect(running.ExportManifest).toBeUndefined();
    expect(early.filter((key) => key.includes("manifest"))).toEqual([]);
    expect(ended).toMatchObject({ ExportStatus: "COMPLETED", EndTime: world.at(61) });
    expect(await world.keys()).toContain(ended.ExportManifest);
  });

  test("and does not see what is written meanwhile", async () => {
    world.moveTo(10);
    await world.aws.services.dynamodb.seed(
      TABLE,
      Array.from({ length: 3000 }, (_, index) => item(`k${index}`, "1")),
    );
    world.moveTo(60);

    const { ExportArn } = await world.startExport(5, 25);
    await Promise.all(Array.from({ length: 50 }, (_, index) => world.put(item(`k${index * 60}`, "2"))));

    const lines = (await world.linesOf(await world.ended(ExportArn))) as { NewImage: { state: { S: string } } }[];
    expect(lines).toHaveLength(3000);
    expect(new Set(lines.map((line) => line.NewImage.state.S))).toEqual(new Set(["1"]));
  });

  test("and fails as the conditions say", async () => {
    world.aws.conditions.exportFailure = { code: "InternalError", message: "Something broke" };

    const failed = await world.ended((await world.startExport(5, 25)).ExportArn);

    expect(failed).toMatchObject({
      ExportStatus: "FAILED",
      FailureCode: "InternalError",
      FailureMessage: "Something broke",
    });
    expect(failed.ExportManifest).toBeUndefined();
  });

  test("and is whole even if its table goes meanwhile", async () => {
    await world.aws.services.dynamodb.seed(
      TABLE,
      Array.from({ length: 3000 }, (_, index) => item(`k${index}`, "1")),
    );
    world.moveTo(120);

    const { ExportArn } = await world.startExport(50, 70);
    await world.dynamodb.send(new DeleteTableCommand({ TableName: TABLE }));

    await expect(world.ended(ExportArn)).resolves.toMatchObject({ ExportStatus: "COMPLETED", ItemCount: 3000 });
  });
});

test("exports are listed by table, page by page", async () => {
  const started = [await world.startExport(5, 25), await world.startExport(5, 30), await world.startExport(5, 35)];
  await world.createTable("other");

  const first = await world.dynamodb.send(new ListExportsCommand({ TableArn: world.tableArn(), MaxResults: 2 }));
  const second = await world.dynamodb.send(
    new ListExportsCommand({ TableArn: world.tableArn(), MaxResults: 2, NextToken: first.NextToken }),
  );
  const other = await world.dynamodb.send(new ListExportsCommand({ TableArn: world.tableArn("other") }));

  const arns = [...(first.ExportSummaries ?? []), ...(second.ExportSummaries ?? [])].map((one) => one.ExportArn);
  expect(arns).toEqual(started.map((one) => one.ExportArn));
  expect(first.ExportSummaries).toHaveLength(2);
  expect(second.NextToken).toBeUndefined();
  expect(other.ExportSummaries).toEqual([]);
});

describe("who may export", () => {
  const objects = `arn:aws:s3:::${BUCKET}/run-1/*`;
  const writing = ["s3:PutObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload"];
  const statements = (...s3Actions: string[]): PolicyStatement[] => [
    { Effect: "Allow", Action: "dynamodb:ExportTableToPointInTime", Resource: world.tableArn() },
    { Effect: "Allow", Action: "dynamodb:DescribeExport", Resource: `${world.tableArn()}/export/*` },
    { Effect: "Allow", Action: s3Actions, Resource: objects },
  ];

  test("is a role that may export the table and write below the prefix", async () => {
    const client = await world.clientOfRole("exporter", ...statements(...writing));

    const { ExportArn } = await world.startExport(5, 25, {}, client);

    await expect(world.ended(ExportArn)).resolves.toMatchObject({ ExportStatus: "COMPLETED" });
    await expect(world.describe(ExportArn, client)).resolves.toMatchObject({ ExportArn });
    await expect(client.send(new ListExportsCommand({}))).rejects.toMatchObject({ name: "AccessDeniedException" });
    client.destroy();
  });

  test.each(writing)("is no role without %s", async (action) => {
    const client = await world.clientOfRole(
      "exporter",
      ...statements("s3:GetObject", ...writing.filter((one) => one !== action)),
    );

    const { ExportArn } = await world.startExport(5, 25, {}, client);

    const failed = await world.ended(ExportArn);
    expect(failed).toMatchObject({ ExportStatus: "FAILED", FailureCode: "S3AccessDenied" });
    expect(failed.FailureMessage).toContain(action);
    client.destroy();
  });

  test("is no role without the right to export, nor to describe an export", async () => {
    const client = await world.clientOfRole("stranger", { Effect: "Allow", Action: "s3:*", Resource: "*" });
    const { ExportArn } = await world.startExport(5, 25);

    await expect(world.startExport(5, 25, {}, client)).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(world.describe(ExportArn, client)).rejects.toMatchObject({ name: "AccessDeniedException" });
    client.destroy();
  });

  test("is nobody where the bucket does not exist: the export fails", async () => {
    const { ExportArn } = await world.startExport(5, 25, { S3Bucket: "no-such-bucket" });

    await expect(world.ended(ExportArn)).resolves.toMatchObject({
      ExportStatus: "FAILED",
      FailureCode: "S3NoSuchBucket",
    });
  });
});

test("an export that names neither a window nor a full export is refused", async () => {
  const bare = new ExportTableToPointInTimeCommand({
    TableArn: world.tableArn(),
    S3Bucket: BUCKET,
    ExportType: "INCREMENTAL_EXPORT",
  });

  await expect(world.dynamodb.send(bare)).rejects.toMatchObject({ name: "ValidationException" });
});
