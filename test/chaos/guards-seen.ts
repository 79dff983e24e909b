/** Which guards are up at this very moment, from the requests that changed them. */
import type { ApiResponse } from "../../local/service.ts";
import { FLAG_PARAMETER, type GuardedWorld } from "../scenarios/support/operator.ts";
import { ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { bodyOf, type Call } from "./call.ts";

export class GuardsSeen {
  readonly #before: GuardedWorld;
  #policy: string | undefined;
  #flag: string | undefined;
  readonly #attached = new Map<string, Set<string>>();

  constructor(before: GuardedWorld) {
    this.#before = before;
    this.#policy = before.tablePolicy;
    this.#flag = before.flag;
    for (const [role, policies] of Object.entries(before.attachments)) this.#attached.set(role, new Set(policies));
  }

  /** Names of what is not as it was before any recovery. */
  get up(): string[] {
    const { tablePolicy, flag, attachments } = this.#before;
    return [
      ...(this.#policy === tablePolicy ? [] : ["table-policy"]),
      ...(this.#flag === flag ? [] : ["ssm-flag"]),
      ...[...this.#attached].flatMap(([role, policies]) =>
        sameNames([...policies], attachments[role] ?? []) ? [] : [`iam-deny of ${role}`],
      ),
    ];
  }

  /** Takes note of a call that took effect; answers whether it was about a guard. */
  sees({ service, action, request }: Call, { status }: ApiResponse): boolean {
    if (status !== 200) return false;
    if (service === "dynamodb" && /^(Put|Delete)ResourcePolicy$/.test(action)) {
      const body = bodyOf<{ ResourceArn: string; Policy?: string }>(request.body);
      if (!body?.ResourceArn.endsWith(`:table/${ORDERS_TABLE}`)) return false;
      this.#policy = body.Policy;
      return true;
    }
    if (service === "ssm" && action === "PutParameter") {
      const body = bodyOf<{ Name: string; Value: string }>(request.body);
      if (body?.Name !== FLAG_PARAMETER) return false;
      this.#flag = body.Value;
      return true;
    }
    if (service === "iam" && /^(Attach|Detach)RolePolicy$/.test(action)) {
      const form = new URLSearchParams(request.body.toString("utf8"));
      const role = form.get("RoleName") ?? "";
      const attached = this.#attached.get(role) ?? new Set<string>();
      this.#attached.set(role, attached);
      const name = form.get("PolicyArn") ?? "";
      if (action === "AttachRolePolicy") attached.add(name);
      else attached.delete(name);
      return true;
    }
    return false;
  }
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return [...left].sort().join("\n") === [...right].sort().join("\n");
}
