import { canonicalNumber } from "../items/decimal.ts";
import { InvalidKeys } from "../runtime/errors.ts";

/** A number that JSON text holds and a JavaScript number can't. */
export class InexactNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

// The third argument (TC39 "JSON.parse source text access") is in Node 24 and not yet in TypeScript's ES2024.
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

/** Parses JSON; numbers that would lose digits become {@link InexactNumber}. The text itself never stands in an error. */
export function parseExactJson(text: string, where: string): unknown {
  try {
    return parseWithSource(text, (_key, value, { source }) =>
      typeof value === "number" && source !== undefined && !isExact(value, source) ? new InexactNumber(source) : value,
    );
  } catch (error) {
    // What is nested too deep ends the stack.
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    // V8's message quotes the text, which may be a whole item: it is neither repeated nor kept as the cause.
    throw new InvalidKeys(`${where}: is not valid JSON; write one whole JSON object for each key.`);
  }
}

function isExact(value: number, source: string): boolean {
  return Number.isFinite(value) && canonicalNumber(source) === canonicalNumber(String(value));
}
