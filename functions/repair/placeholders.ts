import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** Names and values of one request: any attribute name is allowed in a placeholder, and few bytes of the 4 KB are used. */
export class Placeholders {
  readonly #names = new Map<string, string>();
  readonly #values: AttributeValue[] = [];

  name(attribute: string): string {
    const known = this.#names.get(attribute);
    if (known !== undefined) return known;
    const placeholder = `#n${this.#names.size}`;
    this.#names.set(attribute, placeholder);
    return placeholder;
  }

  value(value: AttributeValue): string {
    return `:v${this.#values.push(value) - 1}`;
  }

  /** The two members of a request; DynamoDB refuses an empty map of values. */
  attributes(): {
    ExpressionAttributeNames: Record<string, string>;
    ExpressionAttributeValues?: Record<string, AttributeValue>;
  } {
    const names = Object.fromEntries([...this.#names].map(([attribute, placeholder]) => [placeholder, attribute]));
    const values = Object.fromEntries(this.#values.map((value, index) => [`:v${index}`, value]));
    return {
      ExpressionAttributeNames: names,
      ...(this.#values.length > 0 ? { ExpressionAttributeValues: values } : {}),
    };
  }
}
