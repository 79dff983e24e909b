import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import type { Item } from "../../../functions/items/item.ts";
import type { StreamRecord } from "../../../kit/audit-log/audit-record.ts";
import { writeRecord } from "../../../kit/audit-log/write-audit-records.ts";

const SETTINGS = { table: "orders-audit", images: true, keepDays: 35, writerAttribute: "writtenBy" };
const image = (writer: string) => ({ pk: { S: "a" }, writtenBy: { S: writer } });

function change(eventName: "INSERT" | "MODIFY" | "REMOVE", images: object): StreamRecord {
  return {
    eventID: "1",
    eventName,
    dynamodb: { ApproximateCreationDateTime: 1_795_140_000, Keys: { pk: { S: "a" } }, ...images },
  };
}

/** A table that takes what `accepts` says, and keeps it. */
function tableThat(accepts: (item: Item) => boolean, refusal = "ValidationException") {
  const written: Item[] = [];
  const send = async ({ input }: { input: { Item: Item } }) => {
    if (!accepts(input.Item))
      throw Object.assign(new Error("Nesting Levels have exceeded supported limits"), { name: refusal });
    written.push(input.Item);
    return {};
  };
  return { written, client: { send } as unknown as DynamoDBClient };
}

describe("a change", () => {
  it("names who wrote, where the change left an item; not who wrote before a delete", async () => {
    const { written, client } = tableThat(() => true);

    await writeRecord(change("INSERT", { NewImage: image("release-1") }), SETTINGS, client);
    await writeRecord(
      change("MODIFY", { OldImage: image("release-1"), NewImage: image("release-2") }),
      SETTINGS,
      client,
    );
    await writeRecord(change("REMOVE", { OldImage: image("release-2") }), SETTINGS, client);

    expect(written.map(({ action, writer }) => [action?.S, writer?.S])).toEqual([
      ["create", "release-1"],
      ["update", "release-2"],
      ["delete", undefined],
    ]);
  });

  it("whose images no item can hold is written down without them, and says so", async () => {
    const { written, client } = tableThat((item) => item.after === undefined);

    await writeRecord(change("INSERT", { NewImage: image("release-1") }), SETTINGS, client);

    expect(written).toMatchObject([{ action: { S: "create" }, imagesLeftOut: { BOOL: true } }]);
  });

  it.each([
    ["ProvisionedThroughputExceededException", true],
    ["ValidationException", false],
  ])("fails as a whole by %s (images: %s), to be delivered again", async (refusal, images) => {
    const { written, client } = tableThat(() => false, refusal);
    const written1 = writeRecord(change("INSERT", { NewImage: image("x") }), { ...SETTINGS, images }, client);

    await expect(written1).rejects.toMatchObject({ name: refusal });
    expect(written).toEqual([]);
  });
});
