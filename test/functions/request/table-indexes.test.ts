import { expect, it } from "vitest";
import { indexesOf } from "../../../functions/request/table-indexes.ts";

it("indexes of a table are known by their keys and by what they hold", () => {
  expect(
    indexesOf({
      GlobalSecondaryIndexes: [
        {
          KeySchema: [
            { AttributeName: "status", KeyType: "HASH" },
            { AttributeName: "at", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["total"] },
        },
        { KeySchema: [{ AttributeName: "mail", KeyType: "HASH" }], Projection: { ProjectionType: "KEYS_ONLY" } },
      ],
      LocalSecondaryIndexes: [
        { KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }], Projection: { ProjectionType: "ALL" } },
      ],
    }),
  ).toEqual([
    { keys: ["status", "at"], projected: ["total"] },
    { keys: ["mail"], projected: [] },
    { keys: ["pk"], projected: "all" },
  ]);
  expect(indexesOf({})).toEqual([]);
});
