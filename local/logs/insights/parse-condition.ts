import { NotInPocketAwsError } from "../../service.ts";
import { COMPARISON_OPERATORS, type Condition, type Literal } from "./query.ts";
import type { TokenReader } from "./token-reader.ts";

/** Reads what stands after `filter`: `or` binds weakest, then `and`, then `not`. */
export function parseCondition(reader: TokenReader): Condition {
  return joined(reader, "or", () => joined(reader, "and", () => negatable(reader)));
}

function joined(reader: TokenReader, kind: "and" | "or", partOf: () => Condition): Condition {
  const first = partOf();
  const others: Condition[] = [];
  while (reader.takes("word", kind)) others.push(partOf());
  return others.length === 0 ? first : { kind, parts: [first, ...others] };
}

function negatable(reader: TokenReader): Condition {
  if (reader.takes("word", "not")) return { kind: "not", part: negatable(reader) };
  if (!reader.takes("sign", "(")) return predicate(reader);
  const inner = parseCondition(reader);
  reader.expect("sign", ")");
  return inner;
}

function predicate(reader: TokenReader): Condition {
  const field = reader.take("a field", "word", "field").text;
  if (reader.takes("sign", "(")) return functionCall(reader, field);
  const operator = COMPARISON_OPERATORS.find((sign) => reader.takes("sign", sign));
  if (operator !== undefined) return { kind: "compare", field, operator, literal: literalOf(reader) };
  if (reader.takes("sign", "=~")) return like(reader, field);
  if (!reader.takes("word", "not")) return membership(reader, field) ?? reader.refuse("an operator");
  return { kind: "not", part: membership(reader, field) ?? reader.refuse('"in" or "like"') };
}

function membership(reader: TokenReader, field: string): Condition | undefined {
  if (reader.takes("word", "like")) return like(reader, field);
  if (!reader.takes("word", "in")) return undefined;
  reader.expect("sign", "[");
  const literals = [literalOf(reader)];
  while (reader.takes("sign", ",")) literals.push(literalOf(reader));
  reader.expect("sign", "]");
  return { kind: "in", field, literals };
}

function functionCall(reader: TokenReader, name: string): Condition {
  if (name !== "ispresent")
    throw new NotInPocketAwsError(`the function ${name} in the command filter of Logs Insights`);
  const field = reader.take("a field", "word", "field").text;
  reader.expect("sign", ")");
  return { kind: "present", field };
}

function like(reader: TokenReader, field: string): Condition {
  const token = reader.take("a text or a /pattern/", "text", "pattern");
  return { kind: "like", field, pattern: token.kind === "pattern" ? token.pattern : token.text };
}

function literalOf(reader: TokenReader): Literal {
  const { next } = reader;
  if (next?.kind === "word" || next?.kind === "field")
    throw new NotInPocketAwsError(`a comparison of Logs Insights with the field ${next.text} instead of a value`);
  const token = reader.take("a text or a number", "text", "number");
  return { kind: token.kind === "number" ? "number" : "text", text: token.text };
}
