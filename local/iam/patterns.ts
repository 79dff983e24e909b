import { NotInPocketAwsError } from "../service.ts";

export type Matcher = (value: string) => boolean;

const compiled = new Map<string, Matcher>();
const MAX_COMPILED = 20_000;

/** Compiles a pattern with `*` (any text) and `?` (any one character); `${*}`, `${?}` and `${$}` are those characters themselves. */
export function wildcardMatcher(pattern: string, variables: boolean): Matcher {
  return remembered(`w${variables ? 1 : 0}${pattern}`, () => {
    if (!/[*?]/.test(pattern)) {
      const literal = literalText(pattern, variables);
      return (value) => value === literal;
    }
    const expression = new RegExp(`^${tokensOf(pattern, variables).map(expressionOf).join("")}$`, "su");
    return (value) => expression.test(value);
  });
}

/** The text that a pattern stands for where wildcards have no meaning (StringEquals). */
export function literalText(pattern: string, variables: boolean): string {
  return tokensOf(pattern, variables)
    .map((token) => (token.length > 1 ? token.charAt(2) : token))
    .join("");
}

/** Compiles an ARN pattern: `*` alone is everything; else each of the six parts is matched for itself, so that no wildcard spans a colon. */
export function arnMatcher(pattern: string, variables: boolean): Matcher {
  return remembered(`a${variables ? 1 : 0}${pattern}`, () => {
    if (pattern === "*") return () => true;
    const parts = partsOf(pattern).map((part) => wildcardMatcher(part, variables));
    return (value) => {
      const values = partsOf(value);
      return parts.length === 6 && values.length === 6 && parts.every((matches, index) => matches(values[index] ?? ""));
    };
  });
}

/** True for what may stand in a Resource element: `*` or six parts of which the first is `arn`. */
export function isArnPattern(pattern: string): boolean {
  return pattern === "*" || (pattern.startsWith("arn:") && partsOf(pattern).length === 6);
}

function partsOf(arn: string): string[] {
  const parts = arn.split(":");
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

/** Characters, and policy variables as one token each. Policies of 2008-10-17 have no variables: their text is literal. */
function tokensOf(pattern: string, variables: boolean): string[] {
  if (!variables) return [...pattern];
  const tokens = pattern.match(/\$\{[^}]*\}|./gsu) ?? [];
  for (const token of tokens) {
    if (token.length > 1 && !/^\$\{[*?$]\}$/.test(token) && token.startsWith("${")) {
      throw new NotInPocketAwsError(`the policy variable ${token}`);
    }
  }
  return tokens;
}

function expressionOf(token: string): string {
  if (token === "*") return ".*";
  if (token === "?") return ".";
  const text = token.startsWith("${") ? token.charAt(2) : token;
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function remembered(key: string, make: () => Matcher): Matcher {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  const made = make();
  compiled.set(key, made);
  return made;
}
