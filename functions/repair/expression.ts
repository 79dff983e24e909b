import jsonata from "jsonata";
import type { PlainItem } from "../items/plain-json.ts";
import { BoundedRegExp, PatternTooSlow } from "./bounded-regex.ts";

/** What an expression is asked about; absent images are left out. */
export interface ExpressionInput {
  readonly key: PlainItem;
  readonly before?: PlainItem;
  readonly after?: PlainItem;
  readonly live?: PlainItem;
}

/** A JSONata expression of a request, ready to be asked about many items. */
export interface Expression {
  readonly text: string;
  /** One at a time: the limits of an evaluation hang on the expression. */
  evaluate(input: ExpressionInput): Promise<unknown>;
}

/** As in Step Functions, an expression has a second; and it may not call itself without end. */
const LONGEST_MS = 1000;
/** A chain of as many terms as fit into a request's expression is no recursion. */
const DEEPEST = 1000;
/** Characters of a text and members of an array that may come up on the way: an item has 400 KB. */
const LARGEST = 1_000_000;
/** Steps between two looks at the clock. */
const CLOCK_EVERY = 100;

/** The text is no JSONata expression: the message says where and why. */
export class InvalidExpression extends Error {
  override readonly name = "InvalidExpression";
}

/** An expression could not be evaluated for an item; the message holds no value of it. */
export class ExpressionFailed extends Error {
  override readonly name = "ExpressionFailed";
}

/** Compiles an expression; JSONata 2.0, as in Step Functions, without functions of its own. */
export function compileExpression(text: string): Expression {
  const expression = parse(text);
  return {
    text,
    async evaluate(input) {
      try {
        return await bounded(expression, input);
      } catch (error) {
        if (error instanceof ExpressionFailed) throw error;
        if (error instanceof PatternTooSlow)
          throw new ExpressionFailed(
            `${error.message} Write the expression ${JSON.stringify(text)} with a simpler one.`,
          );
        const { code = "", position } = error as { code?: string; position?: number };
        throw new ExpressionFailed(
          `The expression ${JSON.stringify(text)} failed${position === undefined ? "" : ` at character ${position}`} (JSONata error ${code || "unknown"}): test for what may be missing, with $exists(), or of another type, with $type().`,
        );
      }
    },
  };
}

function parse(text: string): jsonata.Expression {
  try {
    // Its types take the class for an instance.
    const expression = jsonata(text, { RegexEngine: BoundedRegExp as unknown as RegExp });
    // As in Step Functions: data must not become code.
    expression.assign("eval", undefined);
    expression.registerFunction("pad", pad, "<s-ns?:s>");
    return expression;
  } catch (error) {
    const { message, position } = error as { message?: string; position?: number };
    throw new InvalidExpression(
      `is no JSONata expression${position === undefined ? "" : ` (character ${position})`}: ${message ?? String(error)}`,
      { cause: error },
    );
  }
}

/** As JSONata's own, which would fill the memory before anybody could look at what it makes. */
function pad(text: string | undefined, width: number, character = " "): string | undefined {
  if (Math.abs(width) > LARGEST) throw tooLarge();
  return width > 0 ? text?.padEnd(width, character || " ") : text?.padStart(-width, character || " ");
}

function tooLarge(): ExpressionFailed {
  return new ExpressionFailed(
    `An expression of the request makes a value of more than ${LARGEST} characters or members: write a smaller one.`,
  );
}

/** Evaluates with a limit to time, depth and size: JSONata itself has none. */
async function bounded(expression: jsonata.Expression, input: ExpressionInput): Promise<unknown> {
  const until = Date.now() + LONGEST_MS;
  let depth = 0;
  let steps = 0;
  const enter = () => {
    depth += 1;
    steps += 1;
    if (depth > DEEPEST)
      throw new ExpressionFailed("An expression of the request calls itself without end: write it without recursion.");
    if (steps % CLOCK_EVERY === 0 && Date.now() > until)
      throw new ExpressionFailed(
        `An expression of the request took more than ${LONGEST_MS} ms for one item: write a simpler one.`,
      );
  };
  const leave = (_expression: unknown, _input: unknown, _environment: unknown, result: unknown) => {
    depth -= 1;
    if ((typeof result === "string" || Array.isArray(result)) && result.length > LARGEST) throw tooLarge();
  };
  expression.assign(Symbol.for("jsonata.__evaluate_entry") as unknown as string, enter);
  expression.assign(Symbol.for("jsonata.__evaluate_exit") as unknown as string, leave);
  return expression.evaluate(input);
}
