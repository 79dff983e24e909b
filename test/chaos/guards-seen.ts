/** Which guards of ours are up at this very moment, from the requests that changed them, whoever made them. */
import type { Intercepted } from "../../local/interception.ts";
import type { ApiResponse } from "../../local/service.ts";
import { FLAG_PARAMETER, type GuardedWorld } from "../scenarios/support/operator.ts";
import { ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { bodyOf } from "./call.ts";

const OUR_STATEMENT = /"Sid":\s*"Backstitch/;
const OUR_POLICY = /:policy\/backstitch/i;

export class GuardsSeen {
  readonly #tenant: string;
  #policy: string | undefined;
  #flag: string | undefined;
  readonly #attached = new Map<string, Set<string>>();

  constructor(before: GuardedWorld, tenant: string) {
    this.#tenant = tenant;
    this.#policy = before.tablePolicy;
    this.#flag = before.flag;
    for (const [role, policies] of Object.entries(before.attachments)) this.#attached.set(role, new Set(policies));
  }

  get up(): string[] {
    const frozen = (this.#flag ?? "").split(",");
    return [
      ...(OUR_STATEMENT.test(this.#policy ?? "") ? ["table-policy"] : []),
      ...(frozen.includes("all") || frozen.includes(this.#tenant) ? ["ssm-flag"] : []),
      ...[...this.#attached].flatMap(([role, policies]) =>
        [...policies].some((policy) => OUR_POLICY.test(policy)) ? [`iam-deny of ${role}`] : [],
      ),
    ];
  }

  /** Takes note of a call that took effect; answers whether it was about a guard. */
  sees({ service, action, request }: Intercepted, { status }: ApiResponse): boolean {
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
      const arn = form.get("PolicyArn") ?? "";
      if (action === "AttachRolePolicy") attached.add(arn);
      else attached.delete(arn);
      return true;
    }
    return false;
  }
}
