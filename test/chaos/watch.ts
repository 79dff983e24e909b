/** What must hold at every moment of a run: looked at whenever a call that bears on it has taken effect. */
import type { Approval } from "../../functions/answers/records.ts";
import { approvalRecord } from "../../functions/answers/records.ts";
import type { ReadOnlyRecord } from "../../functions/read-only/read-only-record.ts";
import type { ApiResponse } from "../../local/service.ts";
import type { DeployedPocketAws } from "../support/deployed-pocket-aws.ts";
import { bodyOf, type Call, type ItemWrite, tableWrite, WRITERS } from "./call.ts";
import type { GuardsSeen } from "./guards-seen.ts";

/** Later than any write. */
const NOW = Number.MAX_SAFE_INTEGER;
const SAYS_NOT_FROZEN: readonly string[] = ["off", "lifted", "lifted-continue"];

/** A record of the recoveries table, read past everything that may fail. */
export function look<Content>(stage: DeployedPocketAws, recoveryId: string, name: string): Content | undefined {
  const key = { recoveryId: { S: recoveryId }, record: { S: name } };
  const item = stage.aws.services.dynamodb.imageAt(stage.outputs.RecoveriesTableName ?? "", key, NOW);
  return item ? (JSON.parse(item.document?.S ?? "null") as Content) : undefined;
}

export class Watch {
  readonly broken: string[] = [];
  /** Writes of ours to the protected table that took effect. */
  writes = 0;
  /** Writers that wrote down what the items were: in the recoveries table and in the bucket. */
  readonly #recorded = new Set<string>();
  readonly #kept = new Set<string>();
  readonly #stage: DeployedPocketAws;
  readonly #recoveryId: string;
  readonly #guards: GuardsSeen;

  constructor(stage: DeployedPocketAws, recoveryId: string, guards: GuardsSeen) {
    this.#stage = stage;
    this.#recoveryId = recoveryId;
    this.#guards = guards;
  }

  /** Stands next to the services: what it sees happens. */
  async around(call: Call, proceed: () => Promise<ApiResponse>): Promise<ApiResponse> {
    this.#beforeCall(call);
    const response = await proceed();
    const isOfGuards = this.#guards.sees(call, response);
    if (isOfGuards || recordOf(call) === "read-only") this.checkFrozenIsKnown(`${call.role} ${call.action}`);
    if (response.status === 200) this.#tookEffect(call);
    return response;
  }

  checkFrozenIsKnown(when: string): void {
    if (this.#guards.up.length === 0) return;
    const state = look<ReadOnlyRecord>(this.#stage, this.#recoveryId, "read-only")?.state;
    if (state === undefined || SAYS_NOT_FROZEN.includes(state))
      this.#breaks(`${this.#guards.up.join(", ")} up while the record says ${state ?? "nothing"} (${when})`);
  }

  #tookEffect(call: Call): void {
    const { action, request, role, service } = call;
    if (!WRITERS.includes(role)) return;
    if (tableWrite(call)) this.writes += 1;
    else if (recordOf(call)?.startsWith("journal#")) this.#recorded.add(role);
    else if (service === "s3" && action.startsWith("PUT ") && request.path.includes("/journal/")) this.#kept.add(role);
  }

  #beforeCall(call: Call): void {
    const { action, role, request } = call;
    if (
      /^(BatchWriteItem|TransactWriteItems|ExecuteStatement|BatchExecuteStatement|ExecuteTransaction)$/.test(action)
    ) {
      if (request.body.includes("orders")) this.#breaks(`${role} calls ${action}`);
      return;
    }
    const write = tableWrite(call);
    if (!write) return;
    const unguarded = lackOfGuard(action, write);
    if (unguarded) this.#breaks(`${role} calls ${action} ${unguarded}`);
    if (role.startsWith("backstitch-probe-")) return;
    if (!WRITERS.includes(role)) this.#breaks(`${role} writes to the table`);
    else if (look<Approval>(this.#stage, this.#recoveryId, approvalRecord(1))?.answer !== "approve")
      this.#breaks(`${role} writes before an approval is recorded`);
    else if (!this.#recorded.has(role) || !this.#kept.has(role))
      this.#breaks(`${role} writes before it has written a journal`);
  }

  #breaks(what: string): void {
    if (!this.broken.includes(what)) this.broken.push(what);
  }
}

/** The record of the recoveries table that a call writes. */
function recordOf({ service, action, request }: Call): string | undefined {
  if (service !== "dynamodb" || action !== "PutItem") return undefined;
  return bodyOf<ItemWrite>(request.body)?.Item?.record?.S;
}

/** How a write lacks a guard of ours; undefined: it has one. Names of attributes, since values say nothing without them. */
function lackOfGuard(action: string, write: ItemWrite): string | undefined {
  const { ConditionExpression, UpdateExpression = "", ExpressionAttributeNames = {} } = write;
  if (!ConditionExpression) return "without a condition";
  const named = (expression: string) => new Set([...expression.matchAll(/#\w+/g)].map(([name]) => name));
  const guarded = named(ConditionExpression);
  const existence = action === "PutItem" ? /^\(?attribute_not_exists\(#\w+\)/ : /attribute_exists\(#\w+\)/;
  if (!existence.test(ConditionExpression)) return "without asking whether the item exists";
  const blind = [...named(UpdateExpression)]
    .filter((name) => !guarded.has(name) && ExpressionAttributeNames[name] !== "version")
    .map((name) => ExpressionAttributeNames[name] ?? name);
  return blind.length > 0 ? `of ${blind.join(", ")} without their guard` : undefined;
}
