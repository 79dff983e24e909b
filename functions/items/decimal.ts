/** Exact decimals as DynamoDB holds them: text in, text out, no floating point in between. */

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** Thrown for a text that is no DynamoDB number; the writer of the evidence is at fault, not the table. */
export class InvalidNumberError extends Error {
  constructor(text: string) {
    super(
      `"${text}" is not a DynamoDB number; write digits with an optional sign, point and exponent, such as "-12.5".`,
    );
    this.name = "InvalidNumberError";
  }
}

/** One text for each number: `1.0`, `1` and `10e-1` all give `1e0`; minus zero is zero. */
export function canonicalNumber(text: string): string {
  const { negative, digits, exponent } = parse(text);
  return digits === "" ? "0" : `${negative ? "-" : ""}${digits}e${exponent}`;
}

/** How many significant digits the number has; DynamoDB keeps 38. */
export function significantDigits(text: string): number {
  return parse(text).digits.length;
}

/** True if the text is a number that DynamoDB can store. */
export function isNumber(text: string): boolean {
  return readable(text) && withinRange(text);
}

export function isNegative(text: string): boolean {
  const { negative, digits } = parse(text);
  return negative && digits !== "";
}

function readable(text: string): boolean {
  const match = NUMBER.exec(text);
  return match !== null && `${match[2] ?? ""}${match[3] ?? ""}` !== "";
}

/** 38 digits, magnitude from 1E-130 to 9.99…E+125 (DynamoDB developer guide, "Supported data types"). */
function withinRange(text: string): boolean {
  const { digits, exponent } = parse(text);
  const magnitude = digits.length - 1 + exponent;
  return digits === "" || (digits.length <= 38 && magnitude >= -130 && magnitude <= 125);
}

function parse(text: string): { negative: boolean; digits: string; exponent: number } {
  if (!readable(text)) throw new InvalidNumberError(text);
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = NUMBER.exec(text) ?? [];
  const padded = `${whole}${fraction}`.replace(/^0+/, "");
  const digits = withoutTrailingZeros(padded);
  return {
    negative: sign === "-",
    digits,
    exponent: Number(exponent) - fraction.length + (padded.length - digits.length),
  };
}

/** By hand: the expression /0+$/ begins anew at every zero, which takes minutes for a long list of them. */
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end -= 1;
  return digits.slice(0, end);
}
