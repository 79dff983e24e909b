import { Readable } from "node:stream";
import { CsvError, type Info, parse } from "csv-parse";
import { show } from "../request/show.ts";
import { InvalidKeys } from "../runtime/errors.ts";
import { beginText, decodeText, type ListRecord, MAX_RECORD_BYTES, type TextPosition } from "./list-text.ts";

/** CSV with a header of attribute names; every value is text, and is typed by the key schema later. */
export async function* readCsvRows(
  stream: AsyncIterable<Uint8Array>,
  from: TextPosition,
  name: string,
): AsyncGenerator<ListRecord, void, undefined> {
  const { chunks, offset } = await beginText(stream, from);
  const source = Readable.from(chunks);
  const parser = parse({
    info: true,
    skip_empty_lines: true,
    // Told, since the parser would take the first one for all: the key in a row that ends otherwise would end with it.
    record_delimiter: ["\r\n", "\n", "\r"],
    // Counted here, since after a resume the parser has not seen the header.
    relax_column_count: true,
    max_record_size: MAX_RECORD_BYTES,
    // Bytes, since values are decoded here: the parser would replace what is not UTF-8 without a word.
    encoding: null,
  });
  source.on("error", (error) => parser.destroy(error));
  source.pipe(parser);
  let columns = from.columns;
  try {
    for await (const row of parser as AsyncIterable<{ record: Buffer[]; info: Info }>) {
      const line = from.line + row.info.lines - 1;
      const record = row.record.map((field) => decodeText(field, name, line));
      if (!columns) {
        columns = headerOf(record, name);
        continue;
      }
      if (record.length !== columns.length)
        throw new InvalidKeys(
          `${name}, line ${line}: has ${record.length} fields where the header has ${columns.length}; put values with a comma in double quotes.`,
        );
      const value = Object.fromEntries(columns.map((column, index) => [column, record[index]]));
      yield { value, line, next: { offset: offset + row.info.bytes, line: line + 1, columns } };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = from.line + Number(error.lines ?? 1) - 1;
    // csv-parse's own message may quote the field; its code says enough.
    throw new InvalidKeys(
      `${name}, line ${line}: is not CSV (${error.code}); double the quotes inside quoted values, and close them.`,
    );
  } finally {
    source.destroy();
    parser.destroy();
  }
}

function headerOf(record: readonly string[], name: string): readonly string[] {
  const twice = record.find((column, index) => record.indexOf(column) !== index);
  if (twice !== undefined)
    throw new InvalidKeys(
      `${name}, line 1: the header names ${show(twice)} twice; give every column a name of its own.`,
    );
  return record;
}
