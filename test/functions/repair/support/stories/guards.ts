import assert from "node:assert/strict";
import { isWrite } from "../../../../../functions/repair/repair.ts";
import { KEY, rules } from "../items.ts";

import { created, damaged, deleted, deleting, type WriterStory } from "./scene.ts";

export const GUARDS: readonly WriterStory[] = [
  {
    title: "every guarded write has a condition, and asks for the item where it fails",
    run: async (core) => {
      for (const [planned, by] of [
        [damaged, rules()],
        [deleted, rules()],
        [created, deleting],
      ] as const) {
        const repair = core.planRepair(planned, by);
        assert.ok(isWrite(repair));
        const target = { table: "orders", key: KEY, keySchema: by.keySchema, pinVersion: false };
        const { input } = core.guardedWrite(repair, target);
        assert.equal(input.ReturnValuesOnConditionCheckFailure, "ALL_OLD");
        assert.match(input.ConditionExpression, /^attribute_(not_)?exists\(#n0\)/);
        assert.equal(input.ExpressionAttributeNames["#n0"], "id");
      }
    },
  },
];
