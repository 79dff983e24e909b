import { createContext, Script } from "node:vm";

/** A pattern of a request took too long on a text: some patterns take a time that doubles with each character. */
export class PatternTooSlow extends Error {
  override readonly name = "PatternTooSlow";
}

const LONGEST_MS = 250;

/**
 * Runs a synchronous call with an end: JavaScript looks at no clock while it matches a pattern, but a script of `node:vm`
 * is stopped by its time-out even there. The code is ours; the context gives nothing and keeps nothing out.
 */
const holder: { call?: () => unknown } = {};
const context = createContext(holder);
const script = new Script("call()");

function withinTime<Result>(call: () => Result): Result {
  holder.call = call;
  try {
    return script.runInContext(context, { timeout: LONGEST_MS }) as Result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new PatternTooSlow(`A pattern took more than ${LONGEST_MS} ms on one text.`);
  } finally {
    delete holder.call;
  }
}

/** For JSONata's option `RegexEngine`: as RegExp, and never longer than {@link LONGEST_MS} at one text. */
export class BoundedRegExp extends RegExp {
  override exec(text: string): RegExpExecArray | null {
    return withinTime(() => super.exec(text));
  }
}
