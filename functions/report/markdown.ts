/** Markdown made of what comes from outside: keys, values and names are quoted, never markup. */

/** A section; left out where there is nothing to say. */
export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, "", ...lines, ""];
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

/** Text from outside as plain text: no markup, no table cell of its own. */
export function text(value: string): string {
  return value.replace(/[\\`*_{}[\]<>()#+!|~]/g, "\\$&").replace(/\s+/g, " ");
}

export function code(value: string): string {
  return `\`${value.replaceAll("`", "'").replaceAll("|", "\\|").replace(/\s+/g, " ")}\``;
}

/** JSON to copy; its strings hold no line breaks, so that the fence can't be closed from inside. */
export function json(value: unknown): string[] {
  return ["```json", JSON.stringify(value, undefined, 2), "```"];
}

export function shell(command: string): string[] {
  return ["```sh", command, "```"];
}

/** `12345` as `12,345`. */
export function count(number: number): string {
  return number.toLocaleString("en-US");
}
