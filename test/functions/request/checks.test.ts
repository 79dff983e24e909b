import { describe, expect, it } from "vitest";
import { ProtectedTable, RecoveryRequest } from "../../../functions/contracts.ts";
import type { KeySchema } from "../../../functions/items/key.ts";
import { checkAttributes } from "../../../functions/request/check-attributes.ts";
import { checkKeyList } from "../../../functions/request/check-key-list.ts";
import { checkKeys } from "../../../functions/request/check-keys.ts";
import { checkNameForm } from "../../../functions/request/check-name.ts";
import { chooseGuards } from "../../../functions/request/choose-guards.ts";
import { keySchemaOf } from "../../../functions/request/key-schema.ts";
import { describeLiveTable, timeToLiveAttribute } from "../../../functions/request/live-table.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import type { Dependencies } from "../../../functions/runtime/dependencies.ts";
import { answeringClient, awsError } from "./answering-client.ts";

const ALL_GUARDS = ["ssm-flag", "iam-deny", "table-policy"];

function requestWith(fields: object): RecoveryRequest {
  return RecoveryRequest.parse({ table: "orders", badSince: "1h ago", ...fields });
}

function tableWith(fields: object = {}): ProtectedTable {
  return ProtectedTable.parse({ tableName: "orders", guards: ALL_GUARDS, versionAttribute: "version", ...fields });
}

function schema(sortKey?: "S" | "N" | "B"): KeySchema {
  return keySchemaOf({
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      ...(sortKey ? [{ AttributeName: "sk", KeyType: "RANGE" as const }] : []),
    ],
    AttributeDefinitions: [
      { AttributeName: "indexed", AttributeType: "S" },
      { AttributeName: "pk", AttributeType: "S" },
      ...(sortKey ? [{ AttributeName: "sk", AttributeType: sortKey }] : []),
    ],
  });
}

describe("the key schema of a table", () => {
  it("has the key attributes alone, with type and role", () => {
    expect(schema("N").attributes).toEqual([
      { name: "pk", type: "S", role: "HASH" },
      { name: "sk", type: "N", role: "RANGE" },
    ]);
  });
});

describe("keys of a request", () => {
  it.each([
    [{ keys: [{ pk: "a", sk: 1 }] }, "N"],
    [{ keys: [{ pk: "a", sk: "1" }] }, "N"],
    [{ keys: [{ pk: { S: "a" }, sk: { N: "1" } }] }, "N"],
    [{ keys: [{ pk: "a" }] }, undefined],
    [{ keysFrom: { partition: { key: "a" } } }, "S"],
    [{ keysFrom: { partition: { key: { pk: "a" }, sortKeyPrefix: "2026" } } }, "S"],
    [{ keysFrom: { partition: { key: "a", sortKeyBetween: [9, 10] } } }, "N"],
    [{ keysFrom: { partition: { key: "a", sortKeyBetween: ["10", "9"] } } }, "S"],
    [{ keysFrom: { partition: { key: "a", sortKeyBetween: ["x", "x"] } } }, "S"],
    [{ keysFrom: { s3: { key: "uploads/a.csv" } } }, "S"],
  ] as const)("%j fit a sort key of type %s", (fields, sortKey) => {
    expect(() => checkKeys(requestWith(fields), schema(sortKey))).not.toThrow();
  });

  it.each([
    [{ keys: [{ pk: "a" }] }, "N", 'Field "keys.0" is {"pk":"a"}: Key attribute sk is missing'],
    [{ keys: [{ pk: "a", sk: "b" }] }, "N", 'Key attribute sk is "b"; this table wants a number'],
    [{ keys: [{ pk: "a" }, { pk: "" }] }, undefined, 'Field "keys.1" is {"pk":""}: Key attribute pk is empty'],
    [{ keys: [{ pk: "a", sk: "not base64!" }] }, "B", "this table wants base64"],
    [{ keysFrom: { partition: { key: { sk: "a" } } } }, "S", 'Field "keysFrom.partition" is {"key":{"sk":"a"}}'],
    [{ keysFrom: { partition: { key: "a", sortKeyPrefix: "1" } } }, undefined, "the table has no sort key"],
    [{ keysFrom: { partition: { key: "a", sortKeyPrefix: "1" } } }, "N", "give sortKeyBetween"],
    [{ keysFrom: { partition: { key: "a", sortKeyBetween: [10, 9] } } }, "N", "ends before it begins"],
    [{ keysFrom: { partition: { key: "a", sortKeyBetween: ["b", "a"] } } }, "S", "ends before it begins"],
    [{ keysFrom: { partition: { key: "a", sortKeyBetween: ["/w==", "AA=="] } } }, "B", "ends before it begins"],
  ] as const)("%j don't fit a sort key of type %s", (fields, sortKey, message) => {
    expect(() => checkKeys(requestWith(fields), schema(sortKey))).toThrow(message);
  });
});

describe("attributes of a request", () => {
  it.each([
    [{}],
    [{ attributes: { only: ["total"], except: ["note"] } }],
    [{ groups: [{ kind: "updated", attributes: ["total", "note"], revert: ["total"] }, { kind: "deleted" }] }],
  ])("%j fit", (fields) => {
    expect(() =>
      checkAttributes(requestWith({ keys: [{ pk: "a" }], ...fields }), schema("S"), tableWith()),
    ).not.toThrow();
  });

  it.each([
    [
      { attributes: { only: ["a"], except: ["b", "a"] } },
      'Attribute "a" is in "attributes.only" and in "attributes.except"',
    ],
    [{ attributes: { only: ["pk"] } }, '"attributes.only" has "pk", which is a key attribute'],
    [{ attributes: { only: ["version"] } }, "which is the versionAttribute"],
    [{ groups: [{ kind: "updated", attributes: ["a"], revert: ["b"] }] }, "not among the group's attributes (a)"],
    [{ groups: [{ kind: "updated", attributes: ["version"], revert: ["version"] }] }, "which is the versionAttribute"],
    [{ groups: [{ kind: "updated" }] }, 'Field "groups.0.attributes" is empty'],
    [{ groups: [{ kind: "deleted", revert: ["a"] }] }, 'the group\'s kind is "deleted"'],
  ])("%j are refused", (fields, message) => {
    const request = requestWith({ keys: [{ pk: "a" }], ...fields });

    expect(() => checkAttributes(request, schema("S"), tableWith())).toThrow(message);
  });
});

describe("the guards of a recovery", () => {
  it.each([
    [{}, ALL_GUARDS],
    [{ mode: "plan" }, []],
    [{ readOnly: "none" }, []],
    [{ readOnly: { guards: ["table-policy"] } }, ["table-policy"]],
    [{ readOnly: { guards: ["ssm-flag", "ssm-flag"] } }, ["ssm-flag"]],
    [{ tenants: ["acme"] }, ["ssm-flag", "table-policy"]],
  ])("for %j are %j", (fields, guards) => {
    expect(chooseGuards(requestWith(fields), tableWith())).toEqual(guards);
  });

  it("are refused where one is not set up", () => {
    const request = requestWith({ readOnly: { guards: ["table-policy"] } });

    expect(() => chooseGuards(request, tableWith({ guards: ["ssm-flag"] }))).toThrow(
      'Field "readOnly.guards" has "table-policy", which is not set up for table "orders" (it has ssm-flag)',
    );
  });

  it("are refused where none can freeze tenants alone", () => {
    const request = requestWith({ tenants: ["acme"] });

    expect(() => chooseGuards(request, tableWith({ guards: ["iam-deny"] }))).toThrow("the only guard");
  });
});

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

  it("that may not be read is no bad request", async () => {
    const denied = () => {
      throw awsError("AccessDenied");
    };

    await expect(check({ key: "uploads/a.csv" }, denied)).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

describe("the live table", () => {
  const awsOf = (answer: () => unknown) => ({ dynamodb: answeringClient({ DescribeTable: answer }) }) as Aws;

  it.each(["ACTIVE", "UPDATING"])("that is %s can be recovered", async (TableStatus) => {
    expect(
      await describeLiveTable(
        "orders",
        awsOf(() => ({ Table: { TableStatus } })),
      ),
    ).toEqual({ TableStatus });
  });

  it.each(["CREATING", "DELETING", "ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"])(
    "that is %s is refused with its status",
    async (TableStatus) => {
      await expect(
        describeLiveTable(
          "orders",
          awsOf(() => ({ Table: { TableStatus } })),
        ),
      ).rejects.toThrow(`"orders", whose status is ${TableStatus}`);
    },
  );

  it.each([
    [{ TimeToLiveStatus: "ENABLED", AttributeName: "ttl" }, "ttl"],
    [{ TimeToLiveStatus: "ENABLING", AttributeName: "ttl" }, "ttl"],
    [{ TimeToLiveStatus: "DISABLED", AttributeName: "ttl" }, undefined],
    [undefined, undefined],
  ])("with time to live %j lets items expire by %s", async (TimeToLiveDescription, attribute) => {
    const dynamodb = answeringClient({ DescribeTimeToLive: () => ({ TimeToLiveDescription }) });

    expect(await timeToLiveAttribute("orders", { dynamodb } as Aws)).toBe(attribute);
  });
});

describe("the name of an execution", () => {
  it.each(["a", "Night_of-the-20th", "x".repeat(80)])("%s is fit for tables and objects", (name) => {
    expect(() => checkNameForm(name)).not.toThrow();
  });

  it.each(["", "a.b", "a b", "ü", "x".repeat(81)])("%j is refused", (name) => {
    expect(() => checkNameForm(name)).toThrow(`The execution's name is "${name}": it must be 1 to 80`);
  });
});
