/** A table's resource policy as a document that others write too: one statement is put in or taken out, the rest stays. */

export type Statement = Readonly<Record<string, unknown>>;

export interface PolicyDocument {
  /** Members beside `Statement`, as they stand. */
  readonly rest: Readonly<Record<string, unknown>>;
  readonly statements: readonly Statement[];
}

/** "The maximum size supported for a resource-based policy document is 20 KB", white space included. */
export const MAX_POLICY_BYTES = 20 * 1024;

/** Only documents of this version know policy variables, and with them a literal `*`, `?` or `${`. */
export const VERSION = "2012-10-17";

/** Reads a document; undefined where it is none that statements can be put into. */
export function parsePolicy(text: string): PolicyDocument | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(parsed)) return undefined;
  const { Statement: found, ...rest } = parsed;
  const statements = Array.isArray(found) ? found : [found];
  return statements.every(isRecord) ? { rest, statements } : undefined;
}

export function emptyPolicy(): PolicyDocument {
  return { rest: { Version: VERSION }, statements: [] };
}

export function formatPolicy({ rest, statements }: PolicyDocument): string {
  return JSON.stringify({ ...rest, Statement: statements });
}

/** Takes out the statements that are ours: somebody else may have given one of his the same Sid. */
export function withoutStatement(document: PolicyDocument, isOurs: (statement: Statement) => boolean): PolicyDocument {
  return { ...document, statements: document.statements.filter((statement) => !isOurs(statement)) };
}

/** Puts a statement in, in the place of the ones that are ours. */
export function withStatement(
  document: PolicyDocument,
  statement: Statement,
  isOurs: (statement: Statement) => boolean,
): PolicyDocument {
  return { ...document, statements: [...withoutStatement(document, isOurs).statements, statement] };
}

/** Equality of meaning: AWS may give a list of one back as its only value, lists in another order, and "*" as { AWS: "*" }. */
export function sameStatement(left: Statement, right: Statement): boolean {
  return JSON.stringify(normalise(left)) === JSON.stringify(normalise(right));
}

export function samePolicy(left: PolicyDocument, right: PolicyDocument): boolean {
  const texts = ({ statements }: PolicyDocument) => statements.map((s) => JSON.stringify(normalise(s))).sort();
  return (
    JSON.stringify(normalise(left.rest)) === JSON.stringify(normalise(right.rest)) &&
    JSON.stringify(texts(left)) === JSON.stringify(texts(right))
  );
}

function normalise(value: unknown, member = ""): unknown {
  if (member === "Principal" && isRecord(value) && Object.keys(value).length === 1) {
    const only = normalise(value.AWS);
    if (only === "*") return "*";
  }
  if (Array.isArray(value)) {
    const [first, ...others] = value;
    return others.length === 0 ? normalise(first) : value.map((entry) => normalise(entry)).sort();
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, normalise(value[key], key)]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
