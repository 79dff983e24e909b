import type { Rules } from "../contracts.ts";
import { compileExpression, InvalidExpression } from "../repair/expression.ts";
import { InvalidRequest } from "../runtime/errors.ts";
import { show, showName } from "./show.ts";

const LONGEST_WHY = 300;

/** Every expression of the rules compiles: found now, not in the middle of planning. */
export function checkExpressions({ damagedWhen, attributes }: Pick<Rules, "damagedWhen" | "attributes">): void {
  if (damagedWhen !== undefined) compiles("damagedWhen", damagedWhen);
  for (const [name, text] of Object.entries(attributes?.set ?? {})) compiles(`attributes.set.${name}`, text);
}

function compiles(field: string, text: string): void {
  try {
    compileExpression(text);
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    throw new InvalidRequest(
      `Field "${showName(field)}" is ${show(text)}, which ${showWhy(error.message)}. Write JSONata over { key, before, after, live }, such as "$type(after.total) = 'string'".`,
      { cause: error },
    );
  }
}

/** JSONata quotes what it could not read, however long it is. */
function showWhy(message: string): string {
  return message.length > LONGEST_WHY ? `${message.slice(0, LONGEST_WHY)}…`.toWellFormed() : message;
}
