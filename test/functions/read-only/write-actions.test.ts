import { expect, test } from "vitest";
import { WRITE_ACTIONS } from "../../../functions/read-only/write-actions.ts";

test("the list of denied actions is exactly every action that writes items", () => {
  expect(WRITE_ACTIONS).toEqual([
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
  ]);
});
