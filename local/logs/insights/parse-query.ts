import { NotInPocketAwsError } from "../../service.ts";
import { parseCondition } from "./parse-condition.ts";
import type { Column, Command } from "./query.ts";
import { TokenReader } from "./token-reader.ts";
import { malformedQuery, tokensOf } from "./tokens.ts";

/** Commands of the language that nothing here needs; any other word is not of the language at all. */
const UNKNOWN_HERE: ReadonlySet<string> = new Set([
  "SOURCE",
  "anomaly",
  "diff",
  "display",
  "filterIndex",
  "join",
  "lookup",
  "parse",
  "pattern",
  "stats",
  "unmask",
  "unnest",
]);

const PARSERS: Readonly<Record<string, (reader: TokenReader) => Command>> = {
  fields: (reader) => ({ name: "fields", columns: listOf(reader, columnOf) }),
  filter: (reader) => ({ name: "filter", condition: parseCondition(reader) }),
  sort: (reader) => ({ name: "sort", by: listOf(reader, sortKeyOf) }),
  dedup: (reader) => ({ name: "dedup", fields: listOf(reader, fieldOf) }),
  limit: (reader) => ({ name: "limit", count: countOf(reader) }),
};

/** Reads a query; what is no query is a MalformedQueryException, what the pocket AWS does not know an error that names it. */
export function parseQuery(query: string): Command[] {
  const reader = new TokenReader(tokensOf(query));
  const commands = [commandOf(reader)];
  while (!reader.atEnd) {
    reader.expect("sign", "|");
    commands.push(commandOf(reader));
  }
  return commands;
}

function commandOf(reader: TokenReader): Command {
  const { text } = reader.take("a command", "word");
  const parse = Object.hasOwn(PARSERS, text) ? PARSERS[text] : undefined;
  if (parse) return parse(reader);
  if (UNKNOWN_HERE.has(text)) throw new NotInPocketAwsError(`the command ${text} of Logs Insights`);
  throw malformedQuery(`${JSON.stringify(text)} is no command of Logs Insights`);
}

function listOf<Member>(reader: TokenReader, memberOf: (reader: TokenReader) => Member): Member[] {
  const members = [memberOf(reader)];
  while (reader.takes("sign", ",")) members.push(memberOf(reader));
  return members;
}

function fieldOf(reader: TokenReader): string {
  return reader.take("a field", "word", "field").text;
}

function columnOf(reader: TokenReader): Column {
  const field = fieldOf(reader);
  if (reader.next?.kind === "sign" && reader.next.text === "(")
    throw new NotInPocketAwsError(`the function ${field} in the command fields of Logs Insights`);
  return { field, as: reader.takes("word", "as") ? fieldOf(reader) : field };
}

/** The direction has to be said: what a sort without one does is not written down anywhere. */
function sortKeyOf(reader: TokenReader): { readonly field: string; readonly descending: boolean } {
  const field = fieldOf(reader);
  if (reader.takes("word", "desc")) return { field, descending: true };
  if (reader.takes("word", "asc")) return { field, descending: false };
  throw new NotInPocketAwsError(`a sort of Logs Insights by ${field} without asc or desc`);
}

function countOf(reader: TokenReader): number {
  const { text } = reader.take("a number of rows", "number");
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw malformedQuery(`limit ${text} is no number of rows`);
  return count;
}
