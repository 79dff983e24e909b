import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GROUP, type InsightsWorld, startInsightsWorld } from "./insights-world.ts";

let world: InsightsWorld;
beforeEach(async () => {
  world = await startInsightsWorld();
});
afterEach(async () => {
  expect(world.pocket.faults).toEqual([]);
  await world.close();
});

describe("fields", () => {
  test("of JSON are flattened with dots and shown as text, absent ones left out", async () => {
    world.log({
      table: "orders",
      key: { pk: { S: "t#1" }, sk: { N: "1.50" } },
      list: [{ id: 7 }],
      ok: true,
      none: null,
    });

    expect(await world.query("fields key.pk.S, key.sk.N, list.0.id, ok, none, nowhere")).toEqual([
      { "key.pk.S": "t#1", "key.sk.N": "1.50", "list.0.id": "7", ok: "1" },
    ]);
  });

  test("keep a number's digits as they were written", async () => {
    world.log('{"n": 9007199254740993, "d": 1.500}');

    expect(await world.query("fields n, d")).toEqual([{ n: "9007199254740993", d: "1.500" }]);
  });

  test("of the system tell time, stream, group and the line itself", async () => {
    world.nowMs = Date.parse("2026-11-20T02:20:00.123Z");
    world.log("plain text");
    const [startTime, endTime] = [1_700_000_000, 1_900_000_000];

    expect(await world.query("fields @timestamp, @message, @logStream, @log", { startTime, endTime })).toEqual([
      {
        "@timestamp": "2026-11-20 02:20:00.123",
        "@message": "plain text",
        "@logStream": "stream",
        "@log": `111122223333:${GROUP}`,
      },
    ]);
    expect(Object.keys((await world.query("limit 1", { startTime, endTime }))[0] ?? {})).toEqual([
      "@timestamp",
      "@message",
    ]);
  });

  test("get another name, and names of any characters in backticks", async () => {
    world.log({ "order-id": "o1", key: { pk: "p" } }, { "order-id": "o2", key: { pk: "q" } });

    expect(await world.query('fields `order-id` as id, key.pk as pk | filter pk = "q"')).toEqual([
      { id: "o2", pk: "q" },
    ]);
  });

  test("of a JSON fragment in a line are found in a Lambda function's group only", async () => {
    const line = '2026-11-20T02:20:00Z\t1\tINFO\t{"a":{"b":"}\\""}} tail {"c":1}';
    world.log(line);
    world.service.append("/aws/lambda/orders", "stream", line);

    expect(await world.query("fields a.b, c")).toEqual([{}]);
    expect(await world.query("fields a.b, c", { logGroupName: "/aws/lambda/orders" })).toEqual([{ "a.b": '}"' }]);
  });

  test("beyond the 200th of a line are not discovered", async () => {
    world.log(Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`f${index}`, index])));

    expect(await world.query("fields f199, f200")).toEqual([{ f199: "199" }]);
  });
});

describe("filter", () => {
  beforeEach(() => {
    world.log(
      { id: "1", table: "orders", action: "update", writer: "pricing-1.4.2", n: 10 },
      { id: "2", table: "orders", action: "delete", writer: "checkout", n: 9 },
      { id: "3", table: "carts", action: "update", writer: "pricing-1.4.3" },
      "no JSON at all",
    );
  });

  test.each([
    ['table = "orders"', ["1", "2"]],
    ["table = 'orders' and action = \"delete\"", ["2"]],
    ['table = "carts" or action = "delete"', ["2", "3"]],
    ['table = "carts" or action = "delete" and n = 9', ["2", "3"]],
    ['(table = "carts" or action = "delete") and n = 9', ["2"]],
    ['id in ["1", "3"]', ["1", "3"]],
    ['ispresent(id) and id not in ["1", "3"]', ["2"]],
    ['writer like "pricing"', ["1", "3"]],
    ["writer like /^pricing-1\\.4\\.[23]$/", ["1", "3"]],
    ["writer =~ /(?i)PRICING/", ["1", "3"]],
    ['ispresent(id) and writer not like "pricing"', ["2"]],
    ["n > 9", ["1"]],
    ["n >= 9", ["1", "2"]],
    ["n < 9.5", ["2"]],
    ['not table = "orders" and ispresent(table)', ["3"]],
    ['id != "1" and ispresent(id)', ["2", "3"]],
    ["@timestamp >= 1000 and @timestamp < 2000", ["2"]],
    ['table = "orders" # and nothing else', ["1", "2"]],
  ])("%s", async (condition, ids) => {
    const rows = await world.query(`fields id | filter ${condition}\n| sort @timestamp asc`);

    expect(rows.map(({ id }) => id)).toEqual(ids);
  });

  test("compares exactly: a quote, a backslash and a line's end in a value are no syntax", async () => {
    const value = "a\"b\\c' | limit 1";
    world.log({ id: "quoted", writer: value });
    const escaped = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"');

    expect(await world.query(`fields id | filter writer = "${escaped}"`)).toEqual([{ id: "quoted" }]);
  });

  test("finds a line without the field by != and by not, as an absent field equals nothing", async () => {
    expect(await world.query('fields @message | filter table != "orders" and table != "carts"')).toEqual([
      { "@message": "no JSON at all" },
    ]);
  });
});

test("the newest line comes first unless the query sorts, numbers by their number", async () => {
  world.log({ n: 9, name: "b" }, { n: 10, name: "a" }, { name: "c" });

  expect((await world.query("fields name")).map(({ name }) => name)).toEqual(["c", "a", "b"]);
  expect((await world.query("fields name | sort n asc")).map(({ name }) => name)).toEqual(["c", "b", "a"]);
  expect((await world.query("fields name | sort n desc, name asc")).map(({ name }) => name)).toEqual(["a", "b", "c"]);
});

test("dedup keeps the first row of each value, in the order of the rows", async () => {
  world.log({ pk: "a", at: 1 }, { pk: "a", at: 2 }, { pk: "b", at: 3 });

  expect(await world.query("fields pk, at | sort @timestamp asc | dedup pk")).toEqual([
    { pk: "a", at: "1" },
    { pk: "b", at: "3" },
  ]);
});

test.each([
  ["", "MalformedQueryException", "the query ends"],
  ["find x", "MalformedQueryException", '"find" is no command'],
  ["fields a |", "MalformedQueryException", "a command is expected"],
  ["fields a filter b", "MalformedQueryException", '"|" is expected'],
  ["filter a", "MalformedQueryException", "an operator is expected"],
  ['filter a = "b', "MalformedQueryException", 'unexpected "\\"b"'],
  ["filter a like /(/", "MalformedQueryException", "is no regular expression"],
  ["filter (a = 1", "MalformedQueryException", '")" is expected'],
  ["filter a in []", "MalformedQueryException", "a text or a number is expected"],
  ["fields a-b", "MalformedQueryException", 'unexpected "-b"'],
  ["limit 0", "MalformedQueryException", "limit 0"],
  ["limit 100001", "MalformedQueryException", "limit 100001"],
  ["stats count(*) by table", "NotInPocketAws", "the command stats"],
  ["fields strlen(a)", "NotInPocketAws", "the function strlen"],
  ['filter strcontains(a, "b")', "NotInPocketAws", "the function strcontains"],
  ["filter a = b", "NotInPocketAws", "the field b"],
  ["sort a", "NotInPocketAws", "without asc or desc"],
])("%j is refused: %s", async (query, name, message) => {
  world.log("line");

  await expect(world.start(query)).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
});
