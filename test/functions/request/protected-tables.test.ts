import type { SSMClient } from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { findProtectedTable } from "../../../functions/request/protected-tables.ts";
import { answeringClient, awsError } from "./answering-client.ts";

const PATH = "/backstitch/tables/";
const DESCRIBED = { tableName: "orders", guards: ["table-policy"] };

/** A parameter store with these tables, two names a page. */
function storeOf(...names: readonly string[]): SSMClient {
  return answeringClient({
    GetParameter: ({ Name }: { Name: string }) => {
      if (!names.includes(Name.slice(PATH.length))) throw awsError("ParameterNotFound");
      return { Parameter: { Value: JSON.stringify({ ...DESCRIBED, tableName: Name.slice(PATH.length) }) } };
    },
    GetParametersByPath: ({ NextToken = "0" }: { NextToken?: string }) => {
      const next = Number(NextToken) + 2;
      return {
        Parameters: names.slice(Number(NextToken), next).map((name) => ({ Name: PATH + name })),
        ...(next < names.length ? { NextToken: String(next) } : {}),
      };
    },
  });
}

describe("a table that a request names", () => {
  it("comes with its description and the defaults of what that leaves out", async () => {
    const table = await findProtectedTable(storeOf("orders"), PATH, "orders");

    expect(table).toMatchObject({ ...DESCRIBED, flagCacheSeconds: 60, provenWithinSeconds: 600, replicaRegions: [] });
  });

  it.each([
    ["order", 'did you mean "orders"?'],
    ["Orders", 'did you mean "orders"?'],
    ["custmers", 'did you mean "customers"?'],
  ])("and is called %s is refused with the likely one and all others", async (name, hint) => {
    const found = findProtectedTable(storeOf("orders", "payments", "customers"), PATH, name);

    await expect(found).rejects.toThrow(
      `Field "table" is "${name}", which is not protected by this deployment: ${hint}`,
    );
    await expect(found).rejects.toThrow("Protected are: customers, orders, payments.");
  });

  it("is refused where no table is protected", async () => {
    await expect(findProtectedTable(storeOf(), PATH, "orders")).rejects.toThrow("no table is protected");
  });

  it("is not taken for unknown when the parameters can't be read", async () => {
    const denied = answeringClient<SSMClient>({
      GetParameter: () => {
        throw awsError("AccessDeniedException");
      },
    });

    await expect(findProtectedTable(denied, PATH, "orders")).rejects.toThrow("AccessDeniedException");
  });
});
