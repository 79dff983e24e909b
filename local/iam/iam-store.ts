import { randomBytes } from "node:crypto";
import type { Authorizer } from "../service.ts";
import type { ManagedPolicy } from "./managed-policies.ts";
import { noSuchEntity, type Role } from "./roles.ts";

/** What IAM's operations work on. */
export interface IamContext {
  readonly store: IamStore;
  readonly now: () => number;
  readonly authorizer: Authorizer;
}

/** All roles by name and all managed policies by ARN, of one account. */
export class IamStore {
  readonly accountId: string;
  readonly roles = new Map<string, Role>();
  readonly policies = new Map<string, ManagedPolicy>();

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  roleArn(path: string, name: string): string {
    return `arn:aws:iam::${this.accountId}:role${path}${name}`;
  }

  policyArn(path: string, name: string): string {
    return `arn:aws:iam::${this.accountId}:policy${path}${name}`;
  }

  role(name: string): Role {
    const role = this.roles.get(name);
    if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`);
    return role;
  }

  roleByArn(arn: string): Role | undefined {
    const role = this.roles.get(arn.slice(arn.lastIndexOf("/") + 1));
    return role?.arn === arn ? role : undefined;
  }

  policy(arn: string): ManagedPolicy {
    const policy = this.policies.get(arn);
    if (policy === undefined) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
    return policy;
  }

  attachmentsOf(policyArn: string): Role[] {
    return [...this.roles.values()].filter((role) => role.attached.has(policyArn));
  }
}

/** Unique ids as IAM makes them: `AROA…` for roles, `ANPA…` for policies. */
export function uniqueId(prefix: "AROA" | "ANPA"): string {
  return `${prefix}${randomBytes(9).toString("hex").toUpperCase().slice(0, 17)}`;
}
