/** The kinds of request that S3 has prices for; a listing is no GET. */
export type S3RequestKind = "PUT" | "GET" | "LIST" | "HEAD" | "DELETE";
export type S3Requests = Record<S3RequestKind, number>;

/** Requests so far, failed ones included, by the principal that sent them. */
export class RequestCounts {
  readonly #byPrincipal = new Map<string, S3Requests>();

  /** `operation` is the method and the sub-resource: `GET versions`. */
  count(principalArn: string, operation: string, isObject: boolean): void {
    const requests = this.#byPrincipal.get(principalArn) ?? { PUT: 0, GET: 0, LIST: 0, HEAD: 0, DELETE: 0 };
    this.#byPrincipal.set(principalArn, requests);
    const kind = kindOf(operation, isObject);
    requests[kind] += 1;
  }

  /** A copy as it is now. */
  snapshot(): Record<string, S3Requests> {
    return Object.fromEntries([...this.#byPrincipal].map(([arn, requests]) => [arn, { ...requests }]));
  }
}

function kindOf(operation: string, isObject: boolean): S3RequestKind {
  if (!isObject && (operation === "GET " || operation === "GET versions")) return "LIST";
  if (operation === "POST delete") return "DELETE";
  const [method] = operation.split(" ");
  return method === "GET" || method === "HEAD" || method === "DELETE" ? method : "PUT";
}
