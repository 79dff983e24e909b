import { XMLParser } from "fast-xml-parser";

/** What an XML element holds: text, nothing (left out), children by name, or the same child several times. */
export type XmlValue =
  | string
  | number
  | boolean
  | Date
  | undefined
  | readonly XmlValue[]
  | { readonly [name: string]: XmlValue };

const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Writes one XML document; an array repeats its element, `undefined` leaves it out. */
export function xmlDocument(root: string, namespace: string | undefined, content: XmlValue): string {
  const attribute = namespace === undefined ? "" : ` xmlns="${namespace}"`;
  return `${PROLOGUE}<${root}${attribute}>${inner(content)}</${root}>`;
}

function inner(value: XmlValue): string {
  if (value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) throw new TypeError("An array needs a name to repeat: put it under a key.");
  if (typeof value === "object") return Object.entries(value).map(child).join("");
  return escapeText(String(value));
}

function child([name, value]: [string, XmlValue]): string {
  if (value === undefined) return "";
  const values: readonly XmlValue[] = Array.isArray(value) ? value : [value];
  return values.map((one) => `<${name}>${inner(one)}</${name}>`).join("");
}

/** XML 1.0 cannot hold most control characters at all; S3 writes them as character references and so do we. */
function escapeText(text: string): string {
  return text.replace(/[&<>"\r\n\t\p{Cc}]/gu, (character) => {
    if (character === "&") return "&amp;";
    if (character === "<") return "&lt;";
    if (character === ">") return "&gt;";
    if (character === '"') return "&quot;";
    return `&#x${(character.codePointAt(0) ?? 0).toString(16)};`;
  });
}

/** What `parseXml` makes of an element: its text, or its children, each as a list. */
export type ParsedXml = { readonly [name: string]: readonly (ParsedXml | string)[] };

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: () => true,
});

/** Reads an XML document into lists by element name, texts untouched (no numbers, no trimming). */
export function parseXml(text: string): ParsedXml {
  return parser.parse(text) as ParsedXml;
}

/** The children of the first element of this name; empty where there is none. */
export function elementsOf(parent: ParsedXml | string | undefined, name: string): readonly ParsedXml[] {
  if (parent === undefined || typeof parent === "string") return [];
  return (parent[name] ?? []).filter((entry): entry is ParsedXml => typeof entry !== "string");
}

/** The text of the first element of this name, if it is there. */
export function textOf(parent: ParsedXml | string | undefined, name: string): string | undefined {
  if (parent === undefined || typeof parent === "string") return undefined;
  const first = parent[name]?.[0];
  return typeof first === "string" ? first : undefined;
}
