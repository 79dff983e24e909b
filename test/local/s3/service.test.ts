import { Readable } from "node:stream";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { S3Service } from "../../../local/s3/service.ts";
import { gatewayWith, type TestGateway } from "../gateway-with.ts";
import { policy } from "../iam/policies.ts";

let pocket: TestGateway;
let service: S3Service;
let s3: S3Client;
let Bucket: string;
let buckets = 0;

beforeAll(async () => {
  pocket = await gatewayWith((iam) => {
    service = new S3Service({ authorizer: iam });
    return [service];
  });
  s3 = new S3Client(pocket.config());
});
afterAll(async () => {
  s3.destroy();
  await pocket.gateway.close();
  expect(pocket.faults).toEqual([]);
});
beforeEach(async () => {
  buckets += 1;
  Bucket = `bucket-${buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
});

const put = (Key: string, Body = "text") => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const text = async (Key: string, VersionId?: string): Promise<string | undefined> => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...(VersionId ? { VersionId } : {}) }));
  return Body?.transformToString();
};

describe("objects", () => {
  it("come back with bytes, type and metadata as they were put", async () => {
    const Key = "recoveries/r 1/ä+ü%&=.json";
    const Body = Buffer.from([0, 255, 13, 10, 128]);

    await s3.send(
      new PutObjectCommand({ Bucket, Key, Body, ContentType: "application/x-thing", Metadata: { part: "7" } }),
    );
    const answer = await s3.send(new GetObjectCommand({ Bucket, Key }));

    expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? [])).toEqual(Body);
    expect(answer).toMatchObject({ ContentType: "application/x-thing", Metadata: { part: "7" }, ContentLength: 5 });
  });

  it("come back whole when uploaded as a stream in aws-chunked framing with a trailing checksum", async () => {
    const chunks = Array.from({ length: 5 }, (_, index) => Buffer.alloc(70_000, index));
    const whole = Buffer.concat(chunks);

    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: "stream",
        Body: Readable.from(chunks),
        ContentLength: whole.length,
        ContentEncoding: "gzip",
      }),
    );
    const answer = await s3.send(new GetObjectCommand({ Bucket, Key: "stream" }));

    expect(whole.equals((await answer.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
    expect(answer.ContentEncoding).toBe("gzip");
    expect(answer.ChecksumCRC32).toBeDefined();
  });

  it.each(["CRC32", "SHA1", "SHA256", "CRC32C"] as const)(
    "are accepted with a %s checksum",
    async (ChecksumAlgorithm) => {
      await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "abc", ChecksumAlgorithm }));

      expect(await text("k")).toBe("abc");
    },
  );

  it("are refused when a checksum does not fit the bytes", async () => {
    const wrong = new PutObjectCommand({ Bucket, Key: "k", Body: "abc", ContentMD5: "AAAAAAAAAAAAAAAAAAAAAA==" });

    await expect(s3.send(wrong)).rejects.toMatchObject({ name: "BadDigest" });
  });

  it("are not overwritten under If-None-Match: *, but can be put again once deleted", async () => {
    const once = () => s3.send(new PutObjectCommand({ Bucket, Key: "journal", Body: "1", IfNoneMatch: "*" }));

    await once();
    await expect(once()).rejects.toMatchObject({ name: "PreconditionFailed", $metadata: { httpStatusCode: 412 } });
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "journal" }));
    await once();

    expect(await text("journal")).toBe("1");
  });

  it("let exactly one of many writers win under If-None-Match: *", async () => {
    const writers = Array.from({ length: 20 }, (_, n) =>
      s3.send(new PutObjectCommand({ Bucket, Key: "one", Body: String(n), IfNoneMatch: "*" })),
    );

    const results = await Promise.allSettled(writers);

    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("are replaced under If-Match only while the ETag is the same", async () => {
    const { ETag = "" } = await put("k", "1");
    const replace = () => s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "2", IfMatch: ETag }));

    await replace();

    await expect(replace()).rejects.toMatchObject({ name: "PreconditionFailed" });
  });

  it.each([
    ["bytes=2-4", "cde", "bytes 2-4/10"],
    ["bytes=7-", "hij", "bytes 7-9/10"],
    ["bytes=-2", "ij", "bytes 8-9/10"],
    ["bytes=5-99", "fghij", "bytes 5-9/10"],
  ])("give the part that %s asks for", async (Range, expected, ContentRange) => {
    await put("k", "abcdefghij");

    const answer = await s3.send(new GetObjectCommand({ Bucket, Key: "k", Range }));

    expect(await answer.Body?.transformToString()).toBe(expected);
    expect(answer).toMatchObject({ ContentRange, $metadata: { httpStatusCode: 206 } });
  });

  it("refuse a range behind their end", async () => {
    await put("k", "abc");

    await expect(s3.send(new GetObjectCommand({ Bucket, Key: "k", Range: "bytes=3-" }))).rejects.toMatchObject({
      name: "InvalidRange",
    });
  });

  it("are described by HeadObject, and absent ones are NotFound", async () => {
    await put("k", "abc");

    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "k" }))).toMatchObject({
      ContentLength: 3,
      ETag: '"900150983cd24fb0d6963f7d28e17f72"',
    });
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: "none" }))).rejects.toMatchObject({ name: "NotFound" });
    await expect(text("none")).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("are deleted many at a time", async () => {
    await Promise.all(["a", "b<&>", "c"].map((key) => put(key)));

    const answer = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "a" }, { Key: "b<&>" }, { Key: "none" }] } }),
    );

    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(["a", "b<&>", "none"]);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(["c"]);
  });
});

describe("versions", () => {
  beforeEach(async () => {
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  });

  it("keep what was overwritten, readable by version id", async () => {
    const first = await put("plan", "1");
    const second = await put("plan", "2");

    expect(await text("plan")).toBe("2");
    expect(await text("plan", first.VersionId)).toBe("1");
    expect(second.VersionId).not.toBe(first.VersionId);
    expect(await s3.send(new GetBucketVersioningCommand({ Bucket }))).toMatchObject({ Status: "Enabled" });
    await expect(text("plan", "none")).rejects.toMatchObject({ name: "NoSuchVersion" });
  });

  it("survive a delete, which only puts a marker that can be removed again", async () => {
    await put("plan", "1");

    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: "plan" }));
    await expect(text("plan")).rejects.toMatchObject({ name: "NoSuchKey" });
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "plan", VersionId: marker.VersionId }));

    expect(marker.DeleteMarker).toBe(true);
    expect(await text("plan")).toBe("1");
  });

  it("are listed page by page, newest first", async () => {
    const ids: (string | undefined)[] = [];
    for (const [key, body] of [
      ["a", "1"],
      ["a", "2"],
      ["b", "1"],
    ] as const)
      ids.push((await put(key, body)).VersionId);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "b" }));

    const one = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1 }));
    const rest = await s3.send(
      new ListObjectVersionsCommand({ Bucket, KeyMarker: one.NextKeyMarker, VersionIdMarker: one.NextVersionIdMarker }),
    );

    expect(one).toMatchObject({ IsTruncated: true, Versions: [{ Key: "a", VersionId: ids[1], IsLatest: true }] });
    expect(rest.Versions).toMatchObject([
      { VersionId: ids[0], IsLatest: false },
      { Key: "b", IsLatest: false },
    ]);
    expect(rest.DeleteMarkers).toMatchObject([{ Key: "b", IsLatest: true }]);
    expect(rest.IsTruncated).toBe(false);
  });
});

describe("listing", () => {
  it("pages through all keys in order, whatever the page size", async () => {
    const keys = Array.from({ length: 23 }, (_, n) => `part-${String(n).padStart(2, "0")}`);
    await Promise.all(keys.map((key) => put(key)));

    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 5, ContinuationToken }));
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);

    expect(seen).toEqual(keys);
  });

  it("rolls keys up by delimiter, also where a page ends on a common prefix", async () => {
    await Promise.all(["r/1/a", "r/1/b", "r/2/a", "r/z", "s"].map((key) => put(key)));
    const list = (rest: object) => s3.send(new ListObjectsV2Command({ Bucket, Prefix: "r/", Delimiter: "/", ...rest }));

    const all = await list({});
    const first = await list({ MaxKeys: 1 });
    const rest = await list({ ContinuationToken: first.NextContinuationToken });

    expect(all.CommonPrefixes).toEqual([{ Prefix: "r/1/" }, { Prefix: "r/2/" }]);
    expect(all.Contents?.map(({ Key }) => Key)).toEqual(["r/z"]);
    expect(first.CommonPrefixes).toEqual([{ Prefix: "r/1/" }]);
    expect(rest.CommonPrefixes).toEqual([{ Prefix: "r/2/" }]);
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(["r/z"]);
  });

  it("starts after a key, and keeps keys that XML must escape", async () => {
    await Promise.all(["a", "b&<>\"'", "b\n", "😀", "\uffee"].map((key) => put(key)));

    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, StartAfter: "a" }));

    expect(Contents?.map(({ Key }) => Key)).toEqual(["b\n", "b&<>\"'", "\uffee", "😀"]);
  });
});

describe("buckets", () => {
  it("are made once, listed, and deleted only when empty", async () => {
    await put("k");

    await expect(s3.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: "BucketAlreadyOwnedByYou",
    });
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: "BucketNotEmpty" });
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "k" }));
    expect((await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).toContain(Bucket);
    await s3.send(new DeleteBucketCommand({ Bucket }));
    await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({ name: "NotFound" });
    await expect(put("k")).rejects.toMatchObject({ name: "NoSuchBucket" });
  });

  it("keep their settings and give them back", async () => {
    const PublicAccessBlockConfiguration = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    };
    const Rules = [{ ID: "expire", Status: "Enabled" as const, Filter: { Prefix: "" }, Expiration: { Days: 35 } }];
    const Rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" as const } };

    await expect(s3.send(new GetPublicAccessBlockCommand({ Bucket }))).rejects.toMatchObject({
      name: "NoSuchPublicAccessBlockConfiguration",
    });
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
    await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [Rule] } }));

    expect(await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).toMatchObject({
      PublicAccessBlockConfiguration,
    });
    expect(await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).toMatchObject({ Rules });
    expect(await s3.send(new GetBucketEncryptionCommand({ Bucket }))).toMatchObject({
      ServerSideEncryptionConfiguration: { Rules: [Rule] },
    });
  });

  it("name an operation that the pocket AWS does not have", async () => {
    await expect(s3.send(new PutObjectAclCommand({ Bucket, Key: "k", ACL: "private" }))).rejects.toThrow(
      /the S3 parameter acl/,
    );
    const archived = new PutObjectCommand({ Bucket, Key: "k", Body: "x", StorageClass: "GLACIER" });
    await expect(s3.send(archived)).rejects.toThrow(/the S3 header x-amz-storage-class/);
  });
});

describe("authorization", () => {
  it("allows a role its own prefix and names what is missing", async () => {
    const credentials = await pocket.roleWith(`reader-${Bucket}`, {
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::${Bucket}/plan/*`,
    });
    const client = new S3Client(pocket.config(credentials));
    await put("plan/1", "p");

    const answer = await client.send(new GetObjectCommand({ Bucket, Key: "plan/1" }));

    expect(await answer.Body?.transformToString()).toBe("p");
    await expect(client.send(new PutObjectCommand({ Bucket, Key: "plan/1", Body: "x" }))).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringMatching(/not authorized to perform: s3:PutObject .* no identity-based policy allows/),
    });
    await expect(client.send(new ListObjectsV2Command({ Bucket }))).rejects.toThrow(/s3:ListBucket/);
  });

  it("tells only those who may list that a key is absent", async () => {
    const get = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" } as const;
    const list = {
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: `arn:aws:s3:::${Bucket}`,
      Condition: { StringLike: { "s3:prefix": "plan/*" } },
    } as const;
    const blind = new S3Client(pocket.config(await pocket.roleWith(`blind-${Bucket}`, get)));
    const seeing = new S3Client(pocket.config(await pocket.roleWith(`seeing-${Bucket}`, get, list)));
    const none = new GetObjectCommand({ Bucket, Key: "plan/none" });

    await expect(blind.send(none)).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(seeing.send(none)).rejects.toMatchObject({ name: "NoSuchKey" });
    await expect(seeing.send(new ListObjectsV2Command({ Bucket, Prefix: "keys/" }))).rejects.toThrow(/s3:ListBucket/);
  });

  it("enforces the bucket's own policy, where loopback counts as TLS", async () => {
    const Policy = JSON.stringify(
      policy(
        {
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: "*",
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
          Sid: "Keep",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:DeleteObject*",
          Resource: `arn:aws:s3:::${Bucket}/*`,
        },
      ),
    );
    const all = { Effect: "Allow", Action: "s3:*", Resource: "*" } as const;
    const client = new S3Client(pocket.config(await pocket.roleWith(`all-${Bucket}`, all)));

    await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    await client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "1" }));

    expect(await client.send(new GetBucketPolicyCommand({ Bucket }))).toMatchObject({ Policy });
    await expect(client.send(new DeleteObjectCommand({ Bucket, Key: "k" }))).rejects.toThrow(
      /s3:DeleteObject .* with an explicit deny in a resource-based policy/,
    );
    const many = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "k" }] } }));
    expect(many.Errors).toMatchObject([{ Key: "k", Code: "AccessDenied" }]);
  });
});

it("requests are counted by who sent them, as S3 prices them", async () => {
  const keys = await pocket.roleWith("counted", { Effect: "Allow", Action: "s3:*", Resource: "*" });
  const client = new S3Client(pocket.config(keys));

  await client.send(new PutObjectCommand({ Bucket, Key: "a", Body: "1" }));
  const again = client.send(new PutObjectCommand({ Bucket, Key: "a", Body: "1", IfNoneMatch: "*" }));
  await expect(again).rejects.toMatchObject({ name: "PreconditionFailed" });
  await client.send(new GetObjectCommand({ Bucket, Key: "a" }));
  await client.send(new HeadObjectCommand({ Bucket, Key: "a" }));
  await client.send(new ListObjectsV2Command({ Bucket }));
  await client.send(new ListObjectVersionsCommand({ Bucket }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: "a" }));
  await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "b" }] } }));

  expect(service.statistics[`arn:aws:iam::${pocket.iam.accountId}:role/counted`]).toEqual({
    PUT: 2,
    GET: 1,
    HEAD: 1,
    LIST: 2,
    DELETE: 2,
  });
  client.destroy();
});
