import { NotInPocketAwsError } from "../service.ts";
import { abortable } from "./clock.ts";
import { ITEM_READER_FAILED, StateFailure, StoppedError } from "./errors.ts";
import { type Fields, wholeNumber } from "./fields.ts";
import type { Frame } from "./frame.ts";
import { isJsonObject, type Json } from "./json.ts";
import type { Template } from "./jsonata-expressions.ts";
import { numberOf } from "./states/map-fields.ts";

const GET_OBJECT = "arn:aws:states:::s3:getObject";

/** Where a Distributed Map's items come from: a JSON array in one S3 object. */
export interface ItemReader {
  readonly arguments: Template;
  readonly maxItems: Template | undefined;
}

export function parseItemReader(fields: Fields): ItemReader | undefined {
  const reader = fields.inner("ItemReader");
  if (!reader) return undefined;
  const resource = reader.requiredString("Resource");
  if (resource !== GET_OBJECT) throw new NotInPocketAwsError(`the ItemReader ${resource} (${fields.where})`);
  const config = reader.inner("ReaderConfig");
  const inputType = config?.string("InputType");
  if (inputType !== "JSON") {
    throw new NotInPocketAwsError(`an ItemReader with the InputType ${inputType ?? "(none)"} (${fields.where})`);
  }
  const maxItems = config?.template("MaxItems", wholeNumber(0));
  config?.finish();
  const template = reader.template("Arguments");
  if (!template) throw reader.wrong("Arguments", "is missing");
  reader.finish();
  return { arguments: template, maxItems };
}

/** Reads the items as the machine's role. */
export async function readItems(reader: ItemReader, frame: Frame): Promise<readonly Json[]> {
  const place = await frame.evaluate(reader.arguments);
  const { Bucket: bucket, Key: key, ...others } = isJsonObject(place) ? place : {};
  if (typeof bucket !== "string" || typeof key !== "string" || Object.keys(others).length > 0) {
    throw new StateFailure(ITEM_READER_FAILED, `The ItemReader's Arguments must be Bucket and Key alone.`);
  }
  const items = await readArray(frame, bucket, key);
  const maxItems = (await numberOf(frame, "MaxItems", reader.maxItems, { min: 0 })) || items.length;
  return items.slice(0, maxItems);
}

async function readArray(frame: Frame, bucket: string, key: string): Promise<readonly Json[]> {
  const { readObject } = frame.execution.engine.dependencies;
  let parsed: unknown;
  try {
    const body = await abortable(readObject(bucket, key, frame.execution.caller()), frame.signal);
    parsed = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new StateFailure(ITEM_READER_FAILED, `s3://${bucket}/${key} cannot be read: ${text}`, { cause: error });
  }
  if (Array.isArray(parsed)) return parsed;
  throw new StateFailure(ITEM_READER_FAILED, `s3://${bucket}/${key} must hold a JSON array.`);
}
