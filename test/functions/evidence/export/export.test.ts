import { ExportTableToPointInTimeCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Item } from "../../../../functions/items/item.ts";
import { canonicalKey, type KeyAttribute } from "../../../../functions/items/key.ts";
import { ExportFailed, MissingResult } from "../../../../functions/runtime/errors.ts";
import { BEGIN, BUCKET, ExportingWorld } from "./exporting-world.ts";

const HOUR = 3600;
const KEYS: readonly KeyAttribute[] = [
  { name: "pk", type: "S", role: "HASH" },
  { name: "sk", type: "N", role: "RANGE" },
];

let world: ExportingWorld;

beforeEach(async () => {
  world = await ExportingWorld.start(KEYS);
});
afterEach(() => world.close());

const item = (sk: number, state: string, pk = "TENANT#a"): Item => ({
  pk: { S: pk },
  sk: { N: String(sk) },
  state: { S: state },
});
const key = (sk: number, pk = "TENANT#a"): Item => ({ pk: { S: pk }, sk: { N: String(sk) } });
const iso = (seconds: number) => new Date((BEGIN + seconds) * 1000).toISOString().replace(".000Z", "Z");

/** An hour of damage: item 1 changed, item 2 deleted, item 3 created; item 4 only changed later. */
async function haveIncident(): Promise<void> {
  await world.put(item(1, "good"), item(2, "good"), item(4, "good"), item(1, "good", "TENANT#b"));
  world.at(HOUR);
  await world.put(item(1, "bad"), item(3, "bad"), item(1, "bad", "TENANT#b"));
  await world.delete(key(2));
  world.at(2 * HOUR);
  await world.put(item(4, "later"), item(1, "later"));
  world.at(3 * HOUR);
}
const recoveryOfIncident = () => world.recovery(HOUR, 2 * HOUR - 1);

function failOnce(name: string, when: "before" | "after"): void {
  let failed = false;
  const hook = (command: object) => {
    if (failed || !(command instanceof ExportTableToPointInTimeCommand)) return;
    failed = true;
    throw Object.assign(new Error(`${name} was planted`), { name });
  };
  if (when === "before") world.beforeCommand = hook;
  else world.afterCommand = hook;
}

/** Keys of the data files of the first window's export, those with lines first. */
async function dataFiles(): Promise<string[]> {
  const exports = Object.values((await world.record())?.exports ?? {});
  const text = async (Key: string | undefined) => {
    const { Body } = await world.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    return (await Body?.transformToString()) ?? "";
  };
  const { manifestFilesS3Key } = JSON.parse(await text(exports[0]?.manifest)) as Record<string, string>;
  return (await text(manifestFilesS3Key))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { itemCount: number; dataFileS3Key: string })
    .filter(({ itemCount }) => itemCount > 0)
    .map(({ dataFileS3Key }) => dataFileS3Key);
}

describe("asking for exports", () => {
  it("waits while the incident's end can't be exported yet, then starts, runs and is ready", async () => {
    world.aws.conditions.latestRestorableLagMs = 300_000;
    world.aws.conditions.exportMs = 60_000;
    const recovery = world.recovery(HOUR, 2 * HOUR - 1);
    world.at(2 * HOUR + 299);

    expect(await world.check(recovery)).toBe("not-started");
    expect(await world.start(recovery)).toBe("not-started");
    expect(await world.exportArns()).toEqual([]);
    world.at(2 * HOUR + 300);
    expect(await world.start(recovery)).toBe("running");
    expect(await world.start(recovery)).toBe("running");
    world.at(2 * HOUR + 361);
    await world.exported(recovery);
    expect(await world.start(recovery)).toBe("ready");

    const [exportArn] = await world.exportArns();
    expect(await world.exportArns()).toHaveLength(1);
    expect(await world.record()).toEqual({
      kind: "export",
      exports: {
        "window-001": {
          from: iso(HOUR),
          to: iso(2 * HOUR),
          s3Prefix: "recoveries/r-1/exports/window-001",
          requestedAt: expect.any(String),
          exportArn,
          startedAt: expect.any(String),
          readyAt: expect.any(String),
          manifest: expect.stringMatching(
            /^recoveries\/r-1\/exports\/window-001\/AWSDynamoDB\/[\w-]+\/manifest-summary\.json$/,
          ),
          items: 0,
          billedBytes: expect.any(Number),
        },
      },
    });
  });

  it("asks for both images, from the first bad second to the one after the last, by its own prefix", async () => {
    const sent: unknown[] = [];
    world.beforeCommand = (command) => {
      if (command instanceof ExportTableToPointInTimeCommand) sent.push(command.input);
    };
    world.at(3 * HOUR);

    await world.exported(recoveryOfIncident());

    expect(sent).toEqual([
      {
        TableArn: world.tableArn,
        ClientToken: expect.stringMatching(/^[0-9a-f]{36}$/),
        S3Bucket: BUCKET,
        S3Prefix: "recoveries/r-1/exports/window-001",
        ExportFormat: "DYNAMODB_JSON",
        ExportType: "INCREMENTAL_EXPORT",
        IncrementalExportSpecification: {
          ExportFromTime: new Date((BEGIN + HOUR) * 1000),
          ExportToTime: new Date((BEGIN + 2 * HOUR) * 1000),
          ExportViewType: "NEW_AND_OLD_IMAGES",
        },
      },
    ]);
  });

  it("starts no second export where an answer was lost or the record was not written", async () => {
    world.at(3 * HOUR);
    failOnce("Killed", "after");

    await expect(world.start(recoveryOfIncident())).rejects.toThrow("Killed");
    expect(await world.check(recoveryOfIncident())).toBe("not-started");
    await world.exported(recoveryOfIncident());

    expect(await world.exportArns()).toHaveLength(1);
  });

  it("comes back later where too many exports run already", async () => {
    world.at(3 * HOUR);
    failOnce("LimitExceededException", "before");

    expect(await world.start(recoveryOfIncident())).toBe("not-started");
    await world.exported(recoveryOfIncident());
  });

  it("starts what can be exported already, and the others when their time comes", async () => {
    const recovery = world.recovery(2 * HOUR, 2 * HOUR + 59);
    world.at(2 * HOUR + 600);

    expect(await world.start(recovery)).toBe("not-started");
    const asked = Object.entries((await world.record())?.exports ?? {}).filter(([, { exportArn }]) => exportArn);
    expect(asked.map(([role]) => role)).toEqual(["until", "earlier"]);
    world.at(2 * HOUR + 900);
    await world.exported(recovery);

    expect(await world.exportArns()).toHaveLength(3);
  });

  it("of an incident whose end nobody knows goes on to the moment of asking, once and for all", async () => {
    const recovery = world.recovery(HOUR);
    world.aws.conditions.latestRestorableLagMs = 300_000;
    world.at(2 * HOUR);

    expect(await world.start(recovery)).toBe("not-started");
    world.at(2 * HOUR + 300);
    await world.exported(recovery);

    expect(await world.record()).toMatchObject({
      end: new Date((BEGIN + 2 * HOUR) * 1000).toISOString(),
      exports: { "window-001": { from: iso(HOUR), to: iso(2 * HOUR) } },
    });
  });

  it("fails with the reason that AWS gives, and asks for a new export when it is redriven", async () => {
    world.at(3 * HOUR);
    world.aws.conditions.exportFailure = { code: "S3AccessDenied", message: "The bucket refused." };

    const failing = world.exported(recoveryOfIncident());

    await expect(failing).rejects.toBeInstanceOf(ExportFailed);
    await expect(failing).rejects.toThrow(
      /failed: S3AccessDenied: The bucket refused\. Remove the cause, then redrive/,
    );
    world.aws.conditions.exportFailure = undefined;
    expect(await world.check(recoveryOfIncident())).toBe("not-started");
    await world.exported(recoveryOfIncident());
    expect(await world.exportArns()).toHaveLength(2);
    expect((await world.record())?.exports["window-001"]?.failed).toMatchObject([{ code: "S3AccessDenied" }]);
  });

  it("fails by name where point-in-time recovery was switched off, or does not reach back any more", async () => {
    world.at(3 * HOUR);
    await world.pointInTimeRecovery(false);

    await expect(world.start(recoveryOfIncident())).rejects.toThrow(
      /of table "orders" is DISABLED: it was switched off/,
    );

    await world.pointInTimeRecovery(true);
    await expect(world.start(recoveryOfIncident())).rejects.toThrow(
      /can be exported from 2026-11-18T03:00:00.000Z on, and 2026-11-18T01:00:00Z is before that/,
    );
    await expect(world.start(recoveryOfIncident())).rejects.toBeInstanceOf(ExportFailed);
  });
});

describe("reading exports", () => {
  it("gives each item that was written, as it was before and as the incident left it", async () => {
    await haveIncident();
    await world.exported(recoveryOfIncident());

    const images = await world.images(recoveryOfIncident());

    const { keySchema } = recoveryOfIncident();
    const of = (sk: number, pk?: string) => images.get(canonicalKey(key(sk, pk), keySchema));
    expect([...images.keys()]).toHaveLength(4);
    expect(of(1)).toMatchObject({ key: key(1), before: item(1, "good"), after: item(1, "bad") });
    expect(of(2)).toMatchObject({ before: item(2, "good"), after: null });
    expect(of(3)).toMatchObject({ before: null, after: item(3, "bad") });
    expect(of(1, "TENANT#b")).toMatchObject({ after: item(1, "bad", "TENANT#b") });
  });

  it.each(["string", "number", "mixed"] as const)("reads the time of a write as AWS writes it (%s)", async (form) => {
    world.aws.conditions.exportTimestamps = form;
    await haveIncident();
    await world.exported(recoveryOfIncident());

    const images = await world.images(recoveryOfIncident());

    for (const { written } of images.values())
      expect(written).toEqual({ first: "2026-11-18T01:00:00.000Z", last: "2026-11-18T01:00:00.000Z" });
  });

  it("goes on after any line, and gives the rest", async () => {
    world.at(HOUR);
    for (let sk = 0; sk < 30; sk += 1) await world.put(item(sk, "bad", `TENANT#${sk % 5}`));
    world.at(50 * HOUR);
    await world.put(item(3, "worse", "TENANT#3"), item(99, "bad"));
    world.at(62 * HOUR);
    const recovery = world.recovery(HOUR, 61 * HOUR - 1);
    await world.exported(recovery);

    const all = await world.collect(recovery);

    expect(all).toHaveLength(32);
    for (const [index, { resumeAt }] of all.entries()) {
      // As it stands in the recoveries table.
      const cursor = JSON.parse(JSON.stringify(resumeAt)) as typeof resumeAt;
      expect(await world.collect(recovery, cursor)).toEqual(all.slice(index + 1));
    }
  });

  it("takes what was exported of one partition alone", async () => {
    await haveIncident();
    const request = { table: "orders", keysFrom: { partition: { key: "TENANT#b" } } };
    const recovery = world.recovery(HOUR, 2 * HOUR - 1, { request: request as never });

    await world.exported(recovery);

    expect((await world.collect(recovery)).map((found) => found.key)).toEqual([key(1, "TENANT#b")]);
  });

  it("takes what was exported of a stretch of a partition alone", async () => {
    await haveIncident();
    const partition = { key: "TENANT#a", sortKeyBetween: [2, 3] };
    const request = { table: "orders", keysFrom: { partition } };
    const recovery = world.recovery(HOUR, 2 * HOUR - 1, { request: request as never });

    await world.exported(recovery);

    const found = await world.collect(recovery);
    expect(found.map(({ key: { sk } }) => sk?.N).sort()).toEqual(["2", "3"]);
  });

  it("is refused before all exports are ready", async () => {
    await expect(world.collect(recoveryOfIncident())).rejects.toBeInstanceOf(MissingResult);
  });

  it.each([
    ["cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length - 12), /can't be unzipped|lines, but the manifest/],
    ["no gzip", () => Buffer.from("{}\n"), /can't be unzipped/],
  ])("is refused where a file is %s", async (_what, change, message) => {
    await haveIncident();
    await world.exported(recoveryOfIncident());
    for (const Key of await dataFiles()) {
      const { Body } = await world.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      await world.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: change(bytes) }));
    }

    const reading = world.collect(recoveryOfIncident());

    await expect(reading).rejects.toBeInstanceOf(ExportFailed);
    await expect(reading).rejects.toThrow(message);
  });

  it("is refused where one file was put in the place of another, and where it is gone", async () => {
    await haveIncident();
    await world.exported(recoveryOfIncident());
    const [one = "", other = ""] = await dataFiles();
    const { Body } = await world.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: other }));
    const bytes = await Body?.transformToByteArray();
    await world.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: one, Body: bytes ?? "" }));

    await expect(world.collect(recoveryOfIncident())).rejects.toThrow(/lines, but the manifest|has the MD5/);

    await world.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: one }));
    await expect(world.collect(recoveryOfIncident())).rejects.toThrow(/is not there any more: .* exports anew/);
  });

  it("is refused where a manifest is of another export", async () => {
    await haveIncident();
    await world.exported(recoveryOfIncident());
    const { manifest: Key = "" } = (await world.record())?.exports["window-001"] ?? {};
    const summary = JSON.parse(await world.deps.artifacts.getText(Key)) as object;
    const put = (change: object) =>
      world.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: JSON.stringify({ ...summary, ...change }) }));

    await put({ exportToTime: iso(3 * HOUR) });
    await expect(world.collect(recoveryOfIncident())).rejects.toThrow(
      /to 2026-11-18T03:00:00Z, but recovery "r-1" asked/,
    );
    await put({ outputView: "NEW_IMAGE" });
    await expect(world.collect(recoveryOfIncident())).rejects.toThrow(
      /not the manifest of an incremental export with both/,
    );
  });
});

describe("exports of an earlier recovery", () => {
  const again = (change: object = {}) =>
    world.recovery(HOUR, 2 * HOUR - 1, { recoveryId: "r-2", evidenceFrom: "r-1", ...change });

  beforeEach(async () => {
    await haveIncident();
    await world.exported(recoveryOfIncident());
  });

  it("are read again, and nothing is exported", async () => {
    expect(await world.start(again())).toBe("ready");

    expect(await world.images(again())).toEqual(await world.images(recoveryOfIncident()));
    expect(await world.exportArns()).toHaveLength(1);
    expect((await world.record("r-2"))?.exports["window-001"]).toMatchObject({
      borrowedFrom: "r-1",
      s3Prefix: "recoveries/r-1/exports/window-001",
    });
  });

  it("are lent on by who borrowed them", async () => {
    await world.start(again());

    expect(await world.start(again({ recoveryId: "r-3", evidenceFrom: "r-2" }))).toBe("ready");
    expect((await world.record("r-3"))?.exports["window-001"]).toMatchObject({ borrowedFrom: "r-1" });
  });

  it("are made anew where their objects are gone", async () => {
    const { manifest: Key } = (await world.record())?.exports["window-001"] ?? {};
    await world.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));

    await world.exported(again());

    expect(await world.exportArns()).toHaveLength(2);
    expect(await world.images(again())).toHaveLength(4);
  });

  it("are made anew where they have one partition and all is asked for", async () => {
    const keysFrom = { partition: { key: "TENANT#b" } };
    await world.exported(again({ evidenceFrom: undefined, request: { table: "orders", keysFrom } }));
    const ofAll = again({ recoveryId: "r-3", evidenceFrom: "r-2" });
    const ofSame = again({ recoveryId: "r-4", evidenceFrom: "r-2", request: { table: "orders", keysFrom } });

    await world.exported(ofAll);

    expect(await world.collect(ofAll)).toHaveLength(4);
    expect(await world.start(ofSame)).toBe("ready");
    expect(await world.collect(ofSame)).toHaveLength(1);
  });

  it("give one partition alone where they have all and one is asked for", async () => {
    const keysFrom = { partition: { key: "TENANT#b" } };
    const ofOne = again({ request: { table: "orders", keysFrom } });
    const stretch = { partition: { key: "TENANT#a", sortKeyBetween: [2, 3] } };
    const ofStretch = again({ recoveryId: "r-3", request: { table: "orders", keysFrom: stretch } });

    expect(await world.start(ofOne)).toBe("ready");
    expect(await world.start(ofStretch)).toBe("ready");

    expect((await world.collect(ofOne)).map((found) => found.key)).toEqual([key(1, "TENANT#b")]);
    expect((await world.collect(ofStretch)).map(({ key: { sk } }) => sk?.N).sort()).toEqual(["2", "3"]);
  });
});
