import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BUCKET, ExportWorld, START_MS, TABLE } from "./export-world.ts";

let world: ExportWorld;

beforeEach(async () => {
  world = await ExportWorld.start();
});
afterEach(() => world.close());

const item = (pk: string, state: string) => ({ pk: { S: pk }, state: { S: state } });
const micros = (minutes: number, ms = 0) => String((START_MS + minutes * 60_000 + ms) * 1000);

describe("an incremental export", () => {
  test("has one line a written key: what it was right before the window, and what it was at its end", async () => {
    await world.put(item("updated", "0"));
    await world.put(item("deleted", "0"));
    await world.put(item("untouched", "0"));
    await world.put(item("made-and-deleted-before", "0"));
    await world.remove("made-and-deleted-before");
    world.moveTo(10);
    await world.put(item("updated", "1"));
    await world.put(item("inserted", "1"));
    world.moveTo(12);
    await world.put(item("updated", "2"));
    await world.remove("deleted");
    world.moveTo(40);
    await world.put(item("updated", "after the window"));
    await world.put(item("later", "1"));

    const lines = await world.export(5, 25);

    expect(Object.fromEntries(lines)).toEqual({
      inserted: {
        Metadata: { WriteTimestampMicros: micros(10) },
        Keys: { pk: { S: "inserted" } },
        NewImage: item("inserted", "1"),
      },
      updated: {
        Metadata: { WriteTimestampMicros: micros(12) },
        Keys: { pk: { S: "updated" } },
        OldImage: item("updated", "0"),
        NewImage: item("updated", "2"),
      },
      deleted: {
        Metadata: { WriteTimestampMicros: micros(12) },
        Keys: { pk: { S: "deleted" } },
        OldImage: item("deleted", "0"),
      },
    });
  });

  test("begins with its first second and ends before its last", async () => {
    const written = [
      ["before", 5, -1],
      ["first", 5, 0],
      ["last", 25, -1],
      ["end", 25, 0],
    ] as const;
    for (const [pk, minutes, ms] of written) {
      world.moveTo(minutes, ms);
      await world.put(item(pk, "1"));
    }
    world.moveTo(26);

    const lines = await world.export(5, 25);

    expect([...lines.keys()].sort()).toEqual(["first", "last"]);
  });

  test("has a line for a key that was written and is again what it was", async () => {
    await world.put(item("a", "0"));
    world.moveTo(10);
    await world.put(item("a", "1"));
    await world.put(item("a", "0"));
    world.moveTo(30);

    const line = (await world.export(5, 25)).get("a");

    expect(line).toMatchObject({ OldImage: item("a", "0"), NewImage: item("a", "0") });
  });

  test("leaves out what was made and deleted inside the window, unless the conditions want its keys", async () => {
    world.moveTo(10);
    await world.put(item("passing", "1"));
    await world.remove("passing");
    world.moveTo(30);

    expect([...(await world.export(5, 25))]).toEqual([]);
    world.aws.conditions.exportKeysOfPassingItems = true;
    expect((await world.export(5, 25, { ClientToken: "again" })).get("passing")).toEqual({
      Metadata: { WriteTimestampMicros: micros(10) },
      Keys: { pk: { S: "passing" } },
    });
  });

  test("joins the next window: its new image is the next one's old image", async () => {
    world.moveTo(10);
    await world.put(item("a", "1"));
    world.moveTo(25);
    await world.put(item("a", "2"));
    world.moveTo(50);

    const [first, second] = [await world.export(5, 25), await world.export(25, 45)];

    expect(first.get("a")?.NewImage).toEqual(item("a", "1"));
    expect(second.get("a")).toMatchObject({ OldImage: item("a", "1"), NewImage: item("a", "2") });
  });

  test("with NEW_IMAGE has no old images, and keys alone for what was deleted", async () => {
    await world.put(item("updated", "0"));
    await world.put(item("deleted", "0"));
    world.moveTo(10);
    await world.put(item("updated", "1"));
    await world.remove("deleted");
    world.moveTo(30);

    const lines = await world.export(5, 25, {
      IncrementalExportSpecification: {
        ExportFromTime: world.at(5),
        ExportToTime: world.at(25),
        ExportViewType: "NEW_IMAGE",
      },
    });

    expect(Object.keys(lines.get("updated") ?? {})).toEqual(["Metadata", "Keys", "NewImage"]);
    expect(Object.keys(lines.get("deleted") ?? {})).toEqual(["Metadata", "Keys"]);
  });

  test("keeps every type as DynamoDB JSON: 38 digits, binary as base64, sets, nested maps", async () => {
    const bytes = Buffer.from([0, 255, 128, 10]);
    world.moveTo(10);
    await world.put({
      pk: { S: "typed" },
      n: { N: "12345678901234567890123456789012345678" },
      b: { B: bytes },
      bs: { BS: [bytes, Buffer.from("x")] },
      ss: { SS: ["a", "b"] },
      ns: { NS: ["1", "2.5"] },
      empty: { S: "" },
      m: { M: { l: { L: [{ BOOL: true }, { NULL: true }] } } },
    });
    world.moveTo(30);

    const image = (await world.export(5, 25)).get("typed")?.NewImage;

    expect(image).toMatchObject({
      n: { N: "12345678901234567890123456789012345678" },
      b: { B: bytes.toString("base64") },
      empty: { S: "" },
      m: { M: { l: { L: [{ BOOL: true }, { NULL: true }] } } },
    });
    expect(image?.bs).toEqual({ BS: [bytes.toString("base64"), Buffer.from("x").toString("base64")] });
  });

  test.each([
    ["string", ["string"]],
    ["number", ["object"]],
    ["mixed", ["object", "string"]],
  ] as const)("writes time stamps as the conditions say: %s", async (form, expected) => {
    world.aws.conditions.exportTimestamps = form;
    world.moveTo(10);
    for (let index = 0; index < 40; index += 1) await world.put(item(`k${index}`, "1"));
    world.moveTo(30);

    const lines = [...(await world.export(5, 25)).values()];

    expect([...new Set(lines.map((line) => typeof line.Metadata.WriteTimestampMicros))].sort()).toEqual(expected);
  });
});

describe("the files of an export", () => {
  test("lie where AWS puts them: manifests by export, data of all incremental exports of a prefix together", async () => {
    world.moveTo(10);
    for (let index = 0; index < 40; index += 1) await world.put(item(`k${index}`, "1"));
    world.moveTo(30);

    const first = await world.ended((await world.startExport(5, 25)).ExportArn);
    const second = await world.ended((await world.startExport(6, 25)).ExportArn);

    const [ids, keys] = [[first, second].map((one) => one.ExportArn?.split("/").at(-1)), await world.keys()];
    const data = keys.filter((key) => key.endsWith(".json.gz"));
    for (const id of ids)
      expect(keys.filter((key) => key.includes(`/${id}/`))).toEqual(
        ["_started", "manifest-files.json", "manifest-files.md5", "manifest-summary.json", "manifest-summary.md5"].map(
          (name) => `run-1/AWSDynamoDB/${id}/${name}`,
        ),
      );
    expect(data.every((key) => /^run-1\/AWSDynamoDB\/data\/[a-z0-9]+\.json\.gz$/.test(key))).toBe(true);
    const listed = (await Promise.all([first, second].map((one) => world.filesOf(one)))).flat();
    expect(listed.map((file) => file.dataFileS3Key).sort()).toEqual(data);
  });

  test("are several, some of them empty, and their lines are in no order", async () => {
    const keys = Array.from({ length: 200 }, (_, index) => `k${String(index).padStart(3, "0")}`);
    world.moveTo(10);
    await world.aws.services.dynamodb.seed(
      TABLE,
      keys.map((pk) => item(pk, "1")),
    );
    world.moveTo(30);

    const description = await world.ended((await world.startExport(5, 25)).ExportArn);
    const files = await world.filesOf(description);
    const lines = (await world.linesOf(description)) as { Keys: { pk: { S: string } } }[];

    const found = lines.map((line) => line.Keys.pk.S);
    expect(files.filter((file) => file.itemCount > 0).length).toBeGreaterThan(1);
    expect(files.filter((file) => file.itemCount === 0).length).toBeGreaterThan(0);
    expect(found.toSorted()).toEqual(keys);
    expect(found).not.toEqual(keys);
    expect(description.ItemCount).toBe(200);
  });

  test("are described by a summary that says what was exported", async () => {
    world.moveTo(10);
    await world.put(item("a", "1"));
    world.moveTo(30);

    const description = await world.ended((await world.startExport(5, 25)).ExportArn);
    const summary = await world.object(description.ExportManifest ?? "");

    const id = description.ExportArn?.split("/").at(-1);
    expect(id).toMatch(/^\d{14}-[0-9a-f]{8}$/);
    expect(JSON.parse(summary.toString())).toMatchObject({
      version: "2023-08-01",
      exportArn: `${world.tableArn()}/export/${id}`,
      tableArn: world.tableArn(),
      exportFromTime: world.at(5).toISOString(),
      exportToTime: world.at(25).toISOString(),
      s3Bucket: BUCKET,
      s3Prefix: "run-1",
      manifestFilesS3Key: `run-1/AWSDynamoDB/${id}/manifest-files.json`,
      billedSizeBytes: 10 * 1024 * 1024,
      itemCount: 1,
      outputFormat: "DYNAMODB_JSON",
      outputView: "NEW_AND_OLD_IMAGES",
      exportType: "INCREMENTAL_EXPORT",
    });
    const md5 = await world.object((description.ExportManifest ?? "").replace(/\.json$/, ".md5"));
    expect(md5.toString()).toBe(createHash("md5").update(summary).digest("base64"));
  });

  test("of a full export hold every item as it was, below the export's own folder", async () => {
    await world.put(item("a", "0"));
    await world.put(item("gone", "0"));
    world.moveTo(10);
    await world.put(item("a", "1"));
    await world.remove("gone");
    world.moveTo(30);

    const started = await world.startExport(0, 0, {
      ExportType: "FULL_EXPORT",
      IncrementalExportSpecification: undefined,
      ExportTime: world.at(5),
      S3Prefix: undefined,
    });
    const description = await world.ended(started.ExportArn);

    const lines = await world.linesOf(description);
    const [file] = await world.filesOf(description);
    expect(lines).toHaveLength(2);
    expect(lines).toEqual(expect.arrayContaining([{ Item: item("a", "0") }, { Item: item("gone", "0") }]));
    expect(file?.dataFileS3Key).toMatch(
      new RegExp(`^AWSDynamoDB/${started.ExportArn?.split("/").at(-1)}/data/[a-z0-9]+\\.json\\.gz$`),
    );
    expect(gunzipSync(await world.object(file?.dataFileS3Key ?? "")).toString()).not.toContain("Metadata");
    expect(description).toMatchObject({ ExportType: "FULL_EXPORT", ExportTime: world.at(5), ItemCount: 2 });
  });
});
