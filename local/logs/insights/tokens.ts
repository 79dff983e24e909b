import { AwsError } from "../../service.ts";

/** A piece of a query's text. Backticks only quote a field's name; a word may be a command, a keyword or a field. */
export type Token =
  | { readonly kind: "word" | "field" | "text" | "number" | "sign"; readonly text: string }
  | { readonly kind: "pattern"; readonly text: string; readonly pattern: RegExp };

const SPACE_OR_COMMENT = /(?:\s+|#[^\n]*)+/y;
const WORD = /[@A-Za-z_][\w.@]*/y;
const NUMBER = /-?\d+(?:\.\d+)?(?![\w.])/y;
const FIELD = /`([^`\n]+)`/y;
const TEXT = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/sy;
const PATTERN = /\/((?:[^/\\\n]|\\.)+)\//y;
const SIGN = /!=|<=|>=|=~|[=<>()[\],|*]/y;

export function malformedQuery(what: string): AwsError {
  return new AwsError("MalformedQueryException", `The query cannot be run: ${what}.`);
}

/** Cuts a query into tokens; text that is none is a MalformedQueryException that shows it. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at;
    const match = expression.exec(query);
    if (match) at = expression.lastIndex;
    return match;
  };
  for (;;) {
    take(SPACE_OR_COMMENT);
    if (at === query.length) return tokens;
    tokens.push(nextToken(take) ?? unexpected(query, at));
  }
}

function nextToken(take: (expression: RegExp) => RegExpExecArray | null): Token | undefined {
  const word = take(WORD);
  if (word) return { kind: "word", text: word[0] };
  const number = take(NUMBER);
  if (number) return { kind: "number", text: number[0] };
  const field = take(FIELD);
  if (field) return { kind: "field", text: field[1] ?? "" };
  const text = take(TEXT);
  if (text) return { kind: "text", text: unescaped(text[1] ?? text[2] ?? "") };
  const pattern = take(PATTERN);
  if (pattern) return { kind: "pattern", text: pattern[0], pattern: regularExpression(pattern[1] ?? "") };
  const sign = take(SIGN);
  return sign ? { kind: "sign", text: sign[0] } : undefined;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, "$1");
}

/** `(?i)` in front is how Insights is told to ignore case. */
function regularExpression(source: string): RegExp {
  const ignoresCase = source.startsWith("(?i)");
  try {
    return new RegExp(ignoresCase ? source.slice(4) : source, ignoresCase ? "i" : "");
  } catch (cause) {
    throw malformedQuery(`/${source}/ is no regular expression (${cause instanceof Error ? cause.message : cause})`);
  }
}

function unexpected(query: string, at: number): never {
  throw malformedQuery(`unexpected ${JSON.stringify(query.slice(at, at + 20))} at position ${at}`);
}
