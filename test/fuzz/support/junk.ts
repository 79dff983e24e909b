/** Values that nobody meant: of other types, too long, too deep, in other alphabets, or with a meaning somewhere else. */
import fc from "fast-check";

/** As much as an execution of Step Functions takes. */
export const MOST_BYTES = 262_144;

/** Stands for a number that JSON text can hold and a double can't; see {@link withHugeNumbers}. */
export const HUGE_NUMBER = "@@1e999@@";

const TELLING_TEXTS = [
  ...["", " ", "null", "undefined", "NaN", "Infinity", "-0", "0", "1e999", "true", "[object Object]"],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "length"],
  ...["\u0000", "a\u0000b", "\u001b[31mred", "line\nbreak", "\r\n", "\u2028", "\ufeff", "a\tb"],
  ...["ä", "日本", "😀", "\ud800", "\udc00x", "e\u0301", "\u202egnp"],
  ...[
    "*",
    "?",
    "${aws:username}",
    "${*}",
    "TENANT#*",
    "a,b",
    "all",
    "none",
    "'; DROP",
    "$(id)",
    "`id`",
    "../../x",
    "%s",
  ],
  ...["arn:aws:dynamodb:us-east-1:111122223333:table/orders", "arn:aws:iam::aws:policy/AdministratorAccess"],
  ...["lock", "watch", "flag", "execution:x", "order", "Orders", "orders-audit", "backstitch-recoveries"],
] as const;

const LONG_PIECES = [
  "x",
  "1",
  "0",
  " ",
  "a1",
  "1s ",
  "(",
  "[",
  '"',
  "\\",
  "ä",
  "😀",
  "\ud800",
  "\u0000",
  "*",
  "${",
  "1,",
];
const LENGTHS = [300, 1100, 2100, 5000, 60_000, 200_000, 400_000];

/** A long text: one piece again and again, perhaps with another end. */
export const longText: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom("", "1", "1.", "-", "2026-11-20", "uploads/"),
    fc.constantFrom(...LONG_PIECES),
    fc.constantFrom(...LENGTHS),
    fc.constantFrom("", "1", " ago", "Z", "!"),
  )
  .map(([begin, piece, length, end]) => begin + piece.repeat(Math.ceil(length / piece.length)) + end);

export const telling: fc.Arbitrary<string> = fc.constantFrom(...TELLING_TEXTS);

const anyNumber: fc.Arbitrary<number | string> = fc.oneof(
  fc.constantFrom(0, -1, 1, 0.5, 101, 1001, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, 1e308, 5e-324, HUGE_NUMBER),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** An object that has a property of this name, whatever the name. */
export function having(name: string, value: unknown, others: object = {}): Record<string, unknown> {
  return Object.fromEntries([...Object.entries(others), [name, value]]);
}

const deep: fc.Arbitrary<unknown> = fc
  .tuple(fc.constantFrom(3, 60, 1000, 10_000), fc.boolean())
  .map(([depth, isList]) => {
    let value: unknown = "bottom";
    for (let level = 0; level < depth; level += 1) value = isList ? [value] : { deeper: value };
    return value;
  });

const plain: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: telling },
  { weight: 3, arbitrary: anyNumber },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], [""], { S: "a" }, { N: "1" }),
  },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme" }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  { weight: 1, arbitrary: fc.jsonValue() },
);

/** Anything that JSON can say. */
export const junk: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 12, arbitrary: plain },
  { weight: 2, arbitrary: longText },
  { weight: 1, arbitrary: deep },
  {
    weight: 1,
    arbitrary: fc.tuple(plain, fc.constantFrom(100, 1000, 10_000)).map(([one, times]) => Array(times).fill(one)),
  },
  { weight: 1, arbitrary: fc.tuple(telling, plain).map(([name, value]) => having(name, value)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(telling, fc.constantFrom(100, 10_000))
      .map(([name, times]) =>
        Object.fromEntries(Array.from({ length: times }, (_, index) => [`${name}${index}`, index])),
      ),
  },
);

/** JSON text of a value, deep or not; `JSON.stringify` ends where its stack does. */
export function jsonOf(value: unknown): string {
  const pieces: string[] = [];
  const todo: (string | { readonly value: unknown })[] = [{ value }];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (typeof next === "string") pieces.push(next);
    else if (Array.isArray(next.value))
      pushAll(
        todo,
        "[",
        next.value.map((one: unknown) => [{ value: one }]),
        "]",
      );
    else if (typeof next.value === "object" && next.value !== null) {
      const fields = Object.entries(next.value).filter(([, one]) => one !== undefined);
      pushAll(
        todo,
        "{",
        fields.map(([name, one]) => [`${JSON.stringify(name)}:`, { value: one }]),
        "}",
      );
    } else pieces.push(JSON.stringify(next.value) ?? "null");
  }
  return pieces.join("").replaceAll(`"${HUGE_NUMBER}"`, "1e999");
}

type Todo = string | { readonly value: unknown };

function pushAll(todo: Todo[], open: string, members: readonly (readonly Todo[])[], close: string): void {
  todo.push(close);
  for (let index = members.length - 1; index >= 0; index -= 1) {
    for (const part of [...(members[index] ?? [])].reverse()) todo.push(part);
    if (index > 0) todo.push(",");
  }
  todo.push(open);
}
