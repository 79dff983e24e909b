import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { beforeEach, describe, expect, test } from "vitest";
import { Artifacts, pinOf } from "../../../functions/runtime/artifacts.ts";
import { MemoryS3 } from "../evidence/memory-s3.ts";

let s3: MemoryS3;
let artifacts: Artifacts;
beforeEach(() => {
  s3 = new MemoryS3();
  artifacts = new Artifacts(s3.client, "bucket");
});

describe("objects of a recovery", () => {
  test("have the same hash whatever the order of their members", async () => {
    const one = await artifacts.putJson("r", "a.json", { b: 1, a: [2] });
    const two = await artifacts.putJson("r", "b.json", { a: [2], b: 1 });

    expect(one.sha256).toBe(two.sha256);
    expect(one.bytes).toBe(Buffer.byteLength(s3.text("recoveries/r/a.json")));
    expect(await artifacts.getJson("r", "a.json")).toEqual({ a: [2], b: 1 });
  });

  test("that are missing are named", async () => {
    await expect(artifacts.getJson("r", "gone.json")).rejects.toMatchObject({
      name: "MissingResult",
      message: expect.stringContaining("s3://bucket/recoveries/r/gone.json"),
    });
  });

  test("that are no JSON any more are named, without a word of what is in them", async () => {
    s3.put("recoveries/r/a.json", "a-customers-secret");

    const refusal = artifacts.getJson("r", "a.json");

    await expect(refusal).rejects.toMatchObject({ name: "MissingResult" });
    const thrown = (await refusal.catch((error: unknown) => error)) as Error;
    expect(`${thrown.message} ${String(thrown.cause)}`).not.toContain("secret");
  });

  test("are listed below the recovery's own prefix", async () => {
    await artifacts.putJson("r", "plan/1.json", 1);
    await artifacts.putJson("r-2", "plan/1.json", 1);

    const names: string[] = [];
    for await (const name of artifacts.list("r", "plan/")) names.push(name);

    expect(names).toEqual(["plan/1.json"]);
  });
});

describe("a pinned object", () => {
  test("is read in the version that was recorded, whatever came later", async () => {
    const pin = pinOf(await artifacts.putJson("r", "plan.json", { writes: 1 }));
    await artifacts.putJson("r", "plan.json", { writes: 2 });

    expect(await artifacts.getPinned("r", "plan.json", pin)).toEqual({ writes: 1 });
  });

  test("is refused where its bytes are others, both hashes named", async () => {
    const { sha256 } = await artifacts.putJson("r", "plan.json", { writes: 1 });
    const forged = await artifacts.putJson("r", "plan.json", { writes: 2 });

    await expect(artifacts.getPinned("r", "plan.json", { sha256 })).rejects.toMatchObject({
      name: "PlanMismatch",
      message: expect.stringMatching(new RegExp(`${forged.sha256}.*${sha256}`)),
    });
  });
});

describe("writing once", () => {
  test("leaves what is there", async () => {
    expect(await artifacts.putTextOnce("r", "journal.json", "mine", "text/plain")).toBeDefined();
    expect(await artifacts.putTextOnce("r", "journal.json", "other", "text/plain")).toBeUndefined();
    expect(s3.text("recoveries/r/journal.json")).toBe("mine");
  });

  test("is tried again where two writers met, since then nothing may be there", async () => {
    let conflicts = 2;
    const busy = {
      send: async (command: Parameters<S3Client["send"]>[0]) => {
        if (command instanceof PutObjectCommand && conflicts-- > 0)
          throw Object.assign(new Error("busy"), { name: "ConditionalRequestConflict" });
        return s3.client.send(command);
      },
    } as unknown as S3Client;

    await new Artifacts(busy, "bucket").putTextOnce("r", "journal.json", "mine", "text/plain");

    expect(s3.text("recoveries/r/journal.json")).toBe("mine");
  });
});
