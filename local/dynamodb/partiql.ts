import { AwsError, NotInPocketAwsError } from "../service.ts";
import type { Actions, Parts } from "./parts.ts";

const VERBS: readonly (readonly [RegExp, string])[] = [
  [/^\s*INSERT\s+INTO\s+"?([\w.-]+)"?/i, "PartiQLInsert"],
  [/^\s*UPDATE\s+"?([\w.-]+)"?/i, "PartiQLUpdate"],
  [/^\s*DELETE\s+FROM\s+"?([\w.-]+)"?/i, "PartiQLDelete"],
  [/^\s*SELECT\s+[\s\S]+?\sFROM\s+"?([\w.-]+)"?/i, "PartiQLSelect"],
];

/** ExecuteStatement, as far as who may call it: PartiQL has actions of its own, which a deny of PutItem does not cover. */
export function partiqlActions(parts: Parts): Actions {
  return {
    ExecuteStatement: (caller, input) => {
      const statement = String(input.Statement ?? "");
      for (const [verb, action] of VERBS) {
        const table = verb.exec(statement)?.[1];
        if (table === undefined) continue;
        parts.authorization.authorize({ caller, action, table });
        throw new NotInPocketAwsError(`how to run PartiQL; ${action} on ${table} would have been allowed`);
      }
      throw new AwsError("ValidationException", "Statement wasn't well formed, can't be processed");
    },
  };
}
