import { describe, expect, test } from "vitest";
import { changeLinesQuery } from "../../../functions/key-sources/logs-query.ts";
import type { Recovery } from "../../../functions/runtime/recovery.ts";

const queryFor = (logs: object) =>
  changeLinesQuery({ request: { keysFrom: { logs } }, table: { tableName: "orders" } } as unknown as Recovery);

describe("what a request names as a writer", () => {
  test("stands in the query of the change log where it is plain text", () => {
    expect(queryFor({ writers: ["release-7", "job/nightly"] })).toContain('writer in ["release-7", "job/nightly"]');
  });

  test.each(['a"] | fields @message', "a | limit 1", "x\\", "a'b", "a\n| stats count()", "{{x}}", "# a"])(
    "never makes a query of its own: %j is left to the judgement of each line",
    (writer) => {
      const query = queryFor({ writers: ["release-7", writer] });

      expect(query).not.toContain("writer in");
      expect(query.match(/\|/g)).toHaveLength(2);
    },
  );
});
