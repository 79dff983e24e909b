import { malformedQuery, type Token } from "./tokens.ts";

/** Walks over a query's tokens, and says what it met where something else was expected. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  get atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** Takes the next token if it is this word or sign. */
  takes(kind: "word" | "sign", text: string): boolean {
    const { next } = this;
    if (next?.kind !== kind || next.text !== text) return false;
    this.#at += 1;
    return true;
  }

  expect(kind: "word" | "sign", text: string): void {
    if (!this.takes(kind, text)) this.refuse(`"${text}"`);
  }

  /** Takes the next token, which must be of one of these kinds. */
  take(expected: string, ...kinds: readonly Token["kind"][]): Token {
    const { next } = this;
    if (next === undefined || !kinds.includes(next.kind)) return this.refuse(expected);
    this.#at += 1;
    return next;
  }

  refuse(expected: string): never {
    const found = this.next === undefined ? "the query ends" : `there is ${JSON.stringify(this.next.text)}`;
    throw malformedQuery(`where ${expected} is expected, ${found}`);
  }
}
