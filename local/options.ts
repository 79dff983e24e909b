import { parseArgs } from "node:util";

export const USAGE = `npm run local [-- options]

Starts a pocket AWS on this machine, deploys Backstitch's synthesized template into it, sets up the sample's table
"orders" with its application's role and flag, and keeps it all up until Ctrl-C. Prints what a subscriber would be told.
Everything is in memory: the next start begins with an empty account.

  --port N   port on 127.0.0.1 (default 4599; 0 = any free one)
  --help     this page

Exit code: 0 after Ctrl-C, 1 if it can't start, 2 a wrong option.`;

/** A wrong option: the message says which, and what it takes. */
export class LocalUsageError extends Error {
  override readonly name = "LocalUsageError";
}

/** The port to listen on, or "help". */
export function portFrom(args: readonly string[]): number | "help" {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { port: { type: "string", default: "4599" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) return "help";
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65_535)
      throw new LocalUsageError(`--port is "${values.port}": it takes a whole number from 0 to 65535.`);
    return port;
  } catch (cause) {
    if (cause instanceof LocalUsageError) throw cause;
    throw new LocalUsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
