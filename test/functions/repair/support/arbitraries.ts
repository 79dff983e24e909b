import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { canonicalNumber } from "../../../../functions/items/decimal.ts";
import type { Images, Item } from "../../../../functions/items/item.ts";
import type { RepairRules } from "../../../../functions/repair/rules.ts";
import { KEY, rules } from "./items.ts";

/** Numbers as DynamoDB holds them: up to 38 digits, fractions, big exponents, zeros in odd places. */
export const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom("0", "-0", "1.0", "1E+2", "100", "0.1234567890123456789012", "9007199254740993.5", "1e40"),
  fc.stringMatching(/^-?[1-9][0-9]{37}$/),
  fc.stringMatching(/^-?[0-9]{1,10}\.[0-9]{1,20}$/),
);

const bytes = fc.uint8Array({ maxLength: 6 });
const text = fc.string({ maxLength: 6, unit: "grapheme" });

const attributeName = fc.constantFrom("a", "b", "c", "d", "size", "status", "constructor", "ü.[0]#:");

/** Attribute values of every type, nested. */
export const attributeValue: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    text.map((S) => ({ S })),
    numberText.map((N) => ({ N })),
    bytes.map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true }),
    fc.uniqueArray(text, { minLength: 1, maxLength: 4 }).map((SS) => ({ SS })),
    fc.uniqueArray(numberText, { minLength: 1, maxLength: 4, selector: canonicalNumber }).map((NS) => ({ NS })),
    fc
      .uniqueArray(bytes, { minLength: 1, maxLength: 4, selector: (one) => Buffer.from(one).toString("base64") })
      .map((BS) => ({ BS })),
    fc.array(tie("value"), { maxLength: 3 }).map((L) => ({ L })),
    fc.dictionary(attributeName, tie("value"), { maxKeys: 3 }).map((M) => ({ M })),
  ),
})).value;

/** The same value as another writer would have spelled it: sets in another order, numbers with other zeros. */
export function respelled(value: AttributeValue): AttributeValue {
  if (value.N !== undefined) return { N: respelledNumber(value.N) };
  if (value.NS !== undefined) return { NS: value.NS.map(respelledNumber).reverse() };
  if (value.SS !== undefined) return { SS: [...value.SS].reverse() };
  if (value.BS !== undefined) return { BS: [...value.BS].reverse() };
  if (value.L !== undefined) return { L: value.L.map(respelled) };
  if (value.M !== undefined) return { M: respelledItem(value.M) };
  return value;
}

function respelledNumber(number: string): string {
  return canonicalNumber(number).replace(/^0$/, "0.0");
}

export function respelledItem(item: Item): Item {
  return Object.fromEntries(
    Object.entries(item)
      .reverse()
      .map(([name, value]) => [name, respelled(value)]),
  );
}

const attributes = fc.dictionary(attributeName, attributeValue, { maxKeys: 5 });

/** What one writer makes of an item: nothing, another spelling, a few attributes, another item, none. */
function written(by: fc.Arbitrary<Item>, item: Item | null): fc.Arbitrary<Item | null> {
  if (item === null) return fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: by });
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(item) },
    { weight: 1, arbitrary: fc.constant(respelledItem(item)) },
    { weight: 6, arbitrary: changed(item) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

/** Some attributes set, some taken away. */
function changed(item: Item): fc.Arbitrary<Item> {
  return fc.tuple(attributes, fc.subarray(Object.keys(item))).map(([set, removed]) => {
    const kept = Object.entries(item).filter(([name]) => name === "id" || !removed.includes(name));
    return { ...Object.fromEntries(kept), ...set };
  });
}

const wholeItem = attributes.map((some) => ({ ...KEY, ...some }));

/** One item through an incident: before, after, live, and what somebody makes of it between plan and write. */
export interface RandomCourse {
  readonly images: Images;
  readonly meanwhile: Item | null;
  readonly rules: RepairRules;
}

const ruleSets: fc.Arbitrary<RepairRules> = fc
  .record({
    conflicts: fc.constantFrom("skip", "merge", "overwrite", "fail"),
    created: fc.constantFrom("report", "delete"),
    selection: fc.constantFrom("keys", "keys", "keys", "none"),
    acceptMayLoseGoodWrites: fc.boolean(),
    only: fc.option(fc.subarray(["a", "b", "c"], { minLength: 1 }), { nil: undefined, freq: 6 }),
  })
  .map(({ only, ...more }) => rules({ ...more, ...(only ? { attributes: { only } } : {}) } as Partial<RepairRules>));

export const randomCourse: fc.Arbitrary<RandomCourse> = fc
  .oneof({ weight: 5, arbitrary: wholeItem }, { weight: 1, arbitrary: fc.constant(null) })
  .chain((before) => written(wholeItem, before).map((after) => ({ before, after })))
  .chain(({ before, after }) => written(wholeItem, after).map((live) => ({ before, after, live })))
  .chain(({ before, after, live }) =>
    fc.record({
      images: fc.boolean().map((isKnown) => (isKnown || after === live ? { before, after, live } : { before, live })),
      meanwhile: fc.oneof(
        { weight: 2, arbitrary: fc.constant(live) },
        { weight: 1, arbitrary: written(wholeItem, live) },
      ),
      rules: ruleSets,
    }),
  );
