import { NotInPocketAwsError } from "../../service.ts";
import type { ParseFlow } from "../definition.ts";
import { type Fields, invalidDefinition } from "../fields.ts";
import { DistributedMapState } from "./distributed-map.ts";
import { InlineMapState } from "./inline-map.ts";
import type { State } from "./state.ts";

/** A Map is one of two states, by the mode of its ItemProcessor. */
export function parseMap(name: string, fields: Fields, parseFlow: ParseFlow): State {
  const value = fields.raw("ItemProcessor");
  if (value === undefined) throw fields.wrong("ItemProcessor", "is missing");
  const processor = fields.separate(value, "ItemProcessor");
  const config = processor.inner("ProcessorConfig");
  const mode = config?.string("Mode") ?? "INLINE";
  const executionType = config?.string("ExecutionType");
  config?.finish();
  const flow = parseFlow(processor);
  processor.finish();
  if (mode === "INLINE") {
    if (executionType !== undefined) throw invalidDefinition(`State '${name}': an INLINE Map has no 'ExecutionType'`);
    return new InlineMapState(name, fields, flow);
  }
  if (mode !== "DISTRIBUTED") throw invalidDefinition(`State '${name}': the field 'Mode' cannot be '${mode}'`);
  if (executionType === "EXPRESS") throw new NotInPocketAwsError(`the field 'ExecutionType' EXPRESS (State '${name}')`);
  if (executionType !== "STANDARD") {
    throw invalidDefinition(`State '${name}': the field 'ExecutionType' of a DISTRIBUTED Map must be 'STANDARD'`);
  }
  return new DistributedMapState(name, fields, flow);
}
