import type { Authorizer, Caller, PolicyDocument } from "../service.ts";
import type { AttributeValue } from "./attribute-value.ts";
import { enforcedPolicy } from "./resource-policies.ts";
import type { Table, Tables } from "./tables.ts";

export interface AuthorizedAction {
  readonly caller: Caller;
  /** Without the prefix: `PutItem`. */
  readonly action: string;
  readonly table: string;
  readonly index?: string | undefined;
  /** Partition key values that the request names; undefined: it names none (a scan). */
  readonly leadingKeys?: readonly string[] | undefined;
  readonly enclosingOperation?: "TransactWriteItems" | "TransactGetItems";
}

/** Asks IAM about requests on tables, with the condition keys that DynamoDB sets and the table policy that is in force. */
export class Authorization {
  readonly #authorizer: Authorizer;
  readonly #tables: Tables;
  readonly #now: () => number;
  readonly #knowsEarly: () => boolean;
  readonly #arnPrefix: string;

  constructor(options: {
    authorizer: Authorizer;
    tables: Tables;
    now: () => number;
    /** Of the caller's host: it knows of every policy change already. */
    knowsEarly?: () => boolean;
    region: string;
    accountId: string;
  }) {
    this.#authorizer = options.authorizer;
    this.#tables = options.tables;
    this.#now = options.now;
    this.#knowsEarly = options.knowsEarly ?? (() => false);
    this.#arnPrefix = `arn:aws:dynamodb:${options.region}:${options.accountId}:`;
  }

  tableArn(name: string): string {
    return `${this.#arnPrefix}table/${name}`;
  }

  /** The table's name in an ARN of this account and Region; undefined: it is no such ARN. */
  tableNameIn(arn: string): string | undefined {
    const prefix = `${this.#arnPrefix}table/`;
    return arn.startsWith(prefix) && !arn.slice(prefix.length).includes("/") ? arn.slice(prefix.length) : undefined;
  }

  /** Throws AccessDeniedException unless the caller may do this to the table (which need not exist). */
  authorize(request: AuthorizedAction): void {
    const arn = this.tableArn(request.table);
    const table = this.#tables.find(request.table);
    this.#authorizer.authorize({
      caller: request.caller,
      action: `dynamodb:${request.action}`,
      resource: request.index === undefined ? arn : `${arn}/index/${request.index}`,
      context: {
        ...(request.leadingKeys === undefined ? {} : { "dynamodb:LeadingKeys": request.leadingKeys }),
        ...(request.enclosingOperation === undefined
          ? {}
          : { "dynamodb:EnclosingOperation": request.enclosingOperation }),
      },
      resourcePolicy: table === undefined ? undefined : enforcedPolicy(table, this.#now(), this.#knowsEarly()),
    });
  }

  /** For what is no request on one table: ListTables, a backup. */
  authorizeResource(caller: Caller, action: string, resource: string): void {
    this.#authorizer.authorize({ caller, action: `dynamodb:${action}`, resource });
  }

  /** Whether the caller could still change the table's policy if this were it. */
  couldChangePolicy(caller: Caller, table: Table, resourcePolicy: PolicyDocument): boolean {
    try {
      this.#authorizer.authorize({ caller, action: "dynamodb:PutResourcePolicy", resource: table.arn, resourcePolicy });
      return true;
    } catch {
      return false;
    }
  }
}

/** A key value as the condition key `dynamodb:LeadingKeys` holds it; undefined: it is no key value at all. */
export function leadingKeyText(value: AttributeValue | undefined): string | undefined {
  const text = value?.S ?? value?.N ?? value?.B;
  return text instanceof Uint8Array ? Buffer.from(text).toString("base64") : text;
}
