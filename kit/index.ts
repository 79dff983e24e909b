/** What an application adds before an incident: `backstitch/kit`. Constructs are not here, since they need the CDK. */
export { assertWritable, type ReadOnlyOptions } from "./assert-writable.ts";
export { ITEM_CHANGE, type ItemChangeAction, type ItemChangeLine, type KeyAttributeJson } from "./item-change-line.ts";
export {
  type ChangeLogger,
  type ChangeLogTarget,
  InvalidItemChange,
  type ItemChange,
  type KeyValue,
  logItemChange,
} from "./log-item-change.ts";
export { isRefusedWrite, ReadOnly } from "./read-only.ts";
export { type ReadOnlyGuardOptions, type ReadOnlyResponse, readOnlyGuard } from "./read-only-guard.ts";
