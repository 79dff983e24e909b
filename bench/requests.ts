/** Counts of requests to the pocket AWS, by service and action. */
import type { RequestEntry } from "../local/gateway.ts";

export class RequestLog {
  readonly entries: RequestEntry[] = [];

  readonly add = (entry: RequestEntry): void => {
    this.entries.push(entry);
  };

  clear(): void {
    this.entries.length = 0;
  }

  /** What sessions of the deployed functions asked for: `dynamodb UpdateItem` → 50000. */
  ofFunctions(): Record<string, number> {
    const counts = new Map<string, number>();
    for (const entry of this.entries) {
      if (!isOfBackstitch(entry)) continue;
      const name = nameOf(entry);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
  }
}

/** Every role of the deployment is called `backstitch-…`; nobody else's is. */
export function isOfBackstitch({ principalArn }: RequestEntry): boolean {
  return principalArn.includes(":role/backstitch-");
}

/** S3's path names an object: only its method counts, and whether it is the bucket's own (a list). */
export function nameOf({ service, action }: RequestEntry): string {
  if (service !== "s3" && service !== "lambda") return `${service} ${action}`;
  const [method = "", path = ""] = action.split(" ");
  const isBucket = service === "s3" && path.split("/").filter(Boolean).length < 2;
  return `${service} ${isBucket ? `${method} (list)` : method}`;
}
