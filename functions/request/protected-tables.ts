import { GetParameterCommand, GetParametersByPathCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { closest } from "fastest-levenshtein";
import { ProtectedTable } from "../contracts.ts";
import { InvalidRequest } from "../runtime/errors.ts";

/** Description of a protected table; an unknown name is refused with the likely one. */
export async function findProtectedTable(ssm: SSMClient, path: string, tableName: string): Promise<ProtectedTable> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `${path}${tableName}` }));
    return ProtectedTable.parse(JSON.parse(Parameter?.Value ?? "null"));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ParameterNotFound") throw error;
    const known = await protectedTableNames(ssm, path);
    const hint = known.length
      ? `did you mean "${closest(tableName, known)}"? Protected are: ${known.join(", ")}.`
      : "no table is protected by this deployment.";
    throw new InvalidRequest(
      `Field "table" is "${tableName}", which is not protected by this deployment: ${hint} Tables are added in backstitch.config.ts.`,
      { cause: error },
    );
  }
}

async function protectedTableNames(ssm: SSMClient, path: string): Promise<string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await ssm.send(new GetParametersByPathCommand({ Path: path, ...(token ? { NextToken: token } : {}) }));
    for (const { Name } of page.Parameters ?? []) if (Name) names.push(Name.slice(path.length));
    token = page.NextToken;
  } while (token);
  return names.sort();
}
