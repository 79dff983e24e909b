import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { isNumber } from "../items/decimal.ts";
import { ExpressionFailed } from "./expression.ts";

/**
 * The attribute that an expression's result makes: number N, text S, true and false BOOL, null NULL, array L, object M;
 * no result removes the attribute. Text becomes N or B, and an array a set, where the attribute has that type already:
 * long numbers and binary are text in expressions. One value becomes a set of one where it `was` a set too, since JSONata
 * makes no difference between a value and an array of one.
 */
export function computedValue(
  result: unknown,
  like: AttributeValue | undefined,
  was: AttributeValue | undefined = like,
): AttributeValue | null {
  if (result === undefined) return null;
  if (typeof result === "string" || typeof result === "number") {
    const one = was === undefined || isSet(was) ? setLike([result], like) : undefined;
    if (one) return one;
  }
  if (typeof result === "string") {
    if (like?.N !== undefined && isNumber(result)) return { N: result };
    if (like?.B !== undefined) return { B: new Uint8Array(Buffer.from(result, "base64")) };
  }
  if (Array.isArray(result)) return setLike(result, like) ?? { L: result.map(plainToAttribute) };
  return plainToAttribute(result);
}

function isSet({ SS, NS, BS }: AttributeValue): boolean {
  return SS !== undefined || NS !== undefined || BS !== undefined;
}

function setLike(values: readonly unknown[], like: AttributeValue | undefined): AttributeValue | undefined {
  const texts = values.map(String);
  if (like?.SS) return texts.length === 0 ? undefined : { SS: [...new Set(texts)] };
  if (like?.NS && texts.every(isNumber)) return texts.length === 0 ? undefined : { NS: [...new Set(texts)] };
  if (like?.BS) return { BS: texts.map((text) => new Uint8Array(Buffer.from(text, "base64"))) };
  return undefined;
}

function plainToAttribute(value: unknown): AttributeValue {
  if (value === null) return { NULL: true };
  switch (typeof value) {
    case "string":
      return { S: value };
    case "boolean":
      return { BOOL: value };
    case "number":
      if (!Number.isFinite(value))
        throw new ExpressionFailed("An expression of attributes.set gave a number that is not finite.");
      return { N: String(value) };
    case "object":
      if (Array.isArray(value)) return { L: value.map(plainToAttribute) };
      return {
        M: Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainToAttribute(inner)])),
      };
    default:
      throw new ExpressionFailed(
        `An expression of attributes.set gave a ${typeof value}, which no attribute can hold.`,
      );
  }
}
