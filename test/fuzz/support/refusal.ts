/** What every error that people are shown owes them. */

/** Longer ones are cut off in consoles and messages, and by Step Functions at 32,768 characters. */
const LONGEST_MESSAGE = 4000;
/** The longest stretch of what was given that a message may repeat. */
const LONGEST_QUOTE = 400;

export interface Expected {
  readonly names: readonly string[];
  /** Must not stand in the message. */
  readonly planted: string;
  /** What was called with. */
  readonly given: string;
}

/** The name of an error that is one of ours, as it should be; anything else is thrown on with what is wrong about it. */
export function refusal(error: unknown, { names, planted, given }: Expected): string {
  if (!(error instanceof Error)) throw new Error(`no Error was thrown, but ${String(error)}`);
  const { name, message } = error;
  if (!names.includes(name))
    throw new Error(`${name} is none of ours: ${message.slice(0, 300)}\n${error.stack?.slice(0, 800)}`);
  const wrong = (what: string) => new Error(`${what}: ${name}: ${message.slice(0, 500)}… (${message.length})`);
  if (message.length > LONGEST_MESSAGE) throw wrong("the message is too long");
  if (message.includes(planted)) throw wrong("the message holds a value of an item");
  if (error.stack?.includes("    at ")) throw wrong("an expected error carries a stack");
  if (!message.isWellFormed()) throw wrong("the message is no Unicode text");
  for (const quote of message.split(/[.:;] /))
    if (quote.length > LONGEST_QUOTE && given.includes(quote.slice(0, LONGEST_QUOTE)))
      throw wrong("a value is not cut");
  return name;
}
