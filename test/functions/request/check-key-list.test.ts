import { describe, expect, it } from "vitest";
import { checkKeyList } from "../../../functions/request/check-key-list.ts";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import { answeringClient, awsError } from "./answering-client.ts";
import { requestWith } from "./fixtures.ts";

describe("a list of keys in S3", () => {
  function check(s3: object, head: () => unknown): Promise<void> {
    const deps = { aws: { s3: answeringClient({ HeadObject: head }) }, artifacts: { bucket: "bucket" } };
    return checkKeyList(requestWith({ keysFrom: { s3 } }), deps as unknown as Dependencies);
  }

  it.each([{ key: "uploads/a.jsonl" }, { key: "uploads/a.NDJSON" }, { key: "uploads/a.txt", format: "csv" }])(
    "%j that is there is good",
    async (s3) => {
      await expect(check(s3, () => ({ ContentLength: 5 }))).resolves.toBeUndefined();
    },
  );

  it("whose format can't be told is refused without looking", async () => {
    await expect(check({ key: "uploads/a.txt" }, () => expect.unreachable())).rejects.toThrow('"keysFrom.s3.format"');
  });

  it("that is empty is refused", async () => {
    await expect(check({ key: "uploads/a.csv" }, () => ({ ContentLength: 0 }))).rejects.toThrow(
      "s3://bucket/uploads/a.csv is empty",
    );
  });

  it("that is not there is refused with the command that uploads it", async () => {
    const missing = () => {
      throw awsError("NotFound");
    };

    await expect(check({ key: "uploads/a.csv" }, missing)).rejects.toThrow(/not there: upload it \(aws s3 cp/);
  });

  it("under a name that no object can have is refused without looking, and the name is cut", async () => {
    const key = `uploads/${"x".repeat(2000)}.jsonl`;

    const error = await check({ key }, () => expect.unreachable()).catch((thrown: Error) => thrown);

    expect(String(error)).toContain("which has 2014 bytes, and the key of an object has at most 1024");
    expect(String(error).length).toBeLessThan(400);
  });

  it("whose name a shell would read in its own way is quoted in the command", async () => {
    const missing = () => {
      throw awsError("NotFound");
    };

    await expect(check({ key: "uploads/$(id).csv" }, missing)).rejects.toThrow(
      /cp keys\.jsonl 's3:\/\/bucket\/uploads\/\$\(id\)\.csv'\)/,
    );
  });

  it("that may not be read is no bad request", async () => {
    const denied = () => {
      throw awsError("AccessDenied");
    };

    await expect(check({ key: "uploads/a.csv" }, denied)).rejects.toMatchObject({ name: "AccessDenied" });
  });
});
