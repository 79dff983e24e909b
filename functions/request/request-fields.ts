/** The fields that a request may have, read from its schema, to find the one that somebody meant. */
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { RecoveryRequest } from "../contracts.ts";

type Schema = z.core.$ZodType;

/** Nobody mistypes a field to more than this; and to compare takes time by the length. */
const LONGEST_NAME = 64;

/** The fields that an object at this place of a request may have. */
export function fieldsAt(path: readonly PropertyKey[]): string[] {
  return [...new Set(objectsAt(RecoveryRequest, path).flatMap(({ shape }) => Object.keys(shape)))].filter(forPeople);
}

/** The field that somebody probably meant, with its full path: a sibling first, else the same name anywhere in the schema. */
export function likelyField(name: string, path: readonly PropertyKey[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const at = (field: string) => [...path, field].map(String).join(".");
  const siblings = fieldsAt(path);
  // A letter more or less in the right place says more than the very word somewhere else.
  const same =
    siblings.find((field) => plain(field) === plain(name)) ??
    siblings.find((field) => distance(plain(field), plain(name)) === 1);
  if (same !== undefined) return at(same);
  const elsewhere = everyField().find((field) => plain(field.slice(field.lastIndexOf(".") + 1)) === plain(name));
  if (elsewhere !== undefined) return elsewhere;
  const near = siblings
    .map((field) => ({ field, far: distance(plain(field), plain(name)) }))
    .filter(({ field, far }) => far <= Math.max(2, name.length / 3) || holds(plain(field), plain(name)))
    .sort((a, b) => beginsOther(a.field, name) - beginsOther(b.field, name) || a.far - b.far)[0];
  return near && at(near.field);
}

/** Full paths of all fields of objects, outer ones first; not those inside lists, where the path would need an index. */
export function everyField(schema: Schema = RecoveryRequest, path = ""): string[] {
  const shapes = objectsAt(schema, []).map(({ shape }) => shape as Readonly<Record<string, Schema>>);
  const own = shapes.flatMap((shape) => Object.keys(shape)).filter(forPeople);
  const inner = shapes.flatMap((shape) =>
    Object.entries(shape).flatMap(([name, field]) => everyField(field, `${path}${name}.`)),
  );
  return [...own.map((name) => path + name), ...inner];
}

/** The console's own field is accepted, but nobody writes it. */
function forPeople(field: string): boolean {
  return !field.startsWith("AWS_");
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** `since` stands for badSince, `tableName` for table. */
function holds(field: string, name: string): boolean {
  return (name.length >= 3 && field.includes(name)) || (field.length >= 3 && name.includes(field));
}

/** Sorts a field that begins like the name before others: `timeout` is timeoutHours rather than onTimeout. */
function beginsOther(field: string, name: string): number {
  return plain(field).startsWith(plain(name)) ? 0 : 1;
}

function objectsAt(schema: Schema, path: readonly PropertyKey[]): z.ZodObject[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return objectsAt(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => objectsAt(option, path));
  const [step, ...rest] = path;
  if (step === undefined) return schema instanceof z.ZodObject ? [schema] : [];
  if (schema instanceof z.ZodArray) return objectsAt(schema.element, rest);
  const inner =
    schema instanceof z.ZodObject ? (schema.shape as Readonly<Record<PropertyKey, Schema>>)[step] : undefined;
  return inner === undefined ? [] : objectsAt(inner, rest);
}
