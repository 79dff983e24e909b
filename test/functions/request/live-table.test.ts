import { describe, expect, it } from "vitest";
import { describeLiveTable, timeToLiveAttribute } from "../../../functions/request/live-table.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import { answeringClient, awsError } from "./answering-client.ts";

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

  it("that is not there is refused, with the list of what was kept of it", async () => {
    const missing = () => {
      throw awsError("ResourceNotFoundException");
    };

    await expect(describeLiveTable("orders", awsOf(missing))).rejects.toThrow(
      /"orders", which is protected but does not exist.*list-backups --backup-type SYSTEM --table-name orders/,
    );
  });
});
