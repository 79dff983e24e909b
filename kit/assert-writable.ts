import { SSMProvider } from "@aws-lambda-powertools/parameters/ssm";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { type FlagScope, parseFlag } from "../functions/read-only/flag-value.ts";
import { ReadOnly } from "./read-only.ts";

/** Where the flag stands, and what is done while it can't be read. */
export interface ReadOnlyOptions {
  /** The parameter that `flagParameter` of backstitch.config.ts names. */
  readonly parameterName: string;
  /**
   * `allow`: writes go on, and a freeze by the flag alone does not hold while Systems Manager is away. `refuse`: no write
   * is made without knowing.
   */
  readonly onUnreadable: "allow" | "refuse";
  /** How long a value is believed; `flagCacheSeconds` of backstitch.config.ts must not be smaller. @default 5 */
  readonly cacheSeconds?: number;
  /** What a refused caller is told. */
  readonly message?: string;
  /** When a refused caller may try again. @default 60 */
  readonly retryAfterSeconds?: number;
  /** Calls Systems Manager; made by itself where none is given. */
  readonly client?: SSMClient;
  /** Told of a flag that can't be read, at most once in `cacheSeconds`. @default console.warn */
  readonly onWarning?: (message: string) => void;
}

const CACHE_SECONDS = 5;

type Flag = FlagScope | "unreadable";

/** A container's knowledge of one flag. */
class ReadOnlyFlag {
  readonly #options: ReadOnlyOptions;
  readonly #provider: SSMProvider;
  #reading: Promise<Flag> | undefined;
  #unreadableUntil = 0;

  constructor(options: ReadOnlyOptions) {
    this.#options = options;
    this.#provider = new SSMProvider(options.client ? { awsSdkV3Client: options.client } : {});
  }

  /** Read once for all that ask at the same time. */
  value(): Promise<Flag> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<Flag> {
    const { parameterName, cacheSeconds = CACHE_SECONDS, onUnreadable, onWarning = console.warn } = this.#options;
    // While Systems Manager is away, not every call waits for it anew.
    if (Date.now() < this.#unreadableUntil) return "unreadable";
    let problem: string;
    try {
      const text = await this.#provider.get(parameterName, { maxAge: cacheSeconds });
      const scope = text === undefined ? undefined : parseFlag(text);
      if (scope !== undefined) return scope;
      problem = "it is neither none, nor all, nor tenants separated by commas";
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    this.#unreadableUntil = Date.now() + cacheSeconds * 1000;
    onWarning(
      `Read-only flag ${parameterName} can't be read, so writes are ${onUnreadable === "allow" ? "allowed" : "refused"}: ${problem}`,
    );
    return "unreadable";
  }
}

/** One a set of options: whoever makes them anew for each call would never find anything cached. */
const flags = new WeakMap<ReadOnlyOptions, ReadOnlyFlag>();
const flagsByName = new Map<string, ReadOnlyFlag>();

function flagOf(options: ReadOnlyOptions): ReadOnlyFlag {
  const known = flags.get(options);
  if (known) return known;
  // Options with a client or a listener of their own are told apart by themselves; others by what they say.
  const isPlain = options.client === undefined && options.onWarning === undefined;
  const name = JSON.stringify([options.parameterName, options.cacheSeconds, options.onUnreadable]);
  const flag = (isPlain ? flagsByName.get(name) : undefined) ?? new ReadOnlyFlag(options);
  if (isPlain) flagsByName.set(name, flag);
  flags.set(options, flag);
  return flag;
}

/**
 * Throws {@link ReadOnly} while this tenant's data is frozen. Without a tenant any freeze refuses: nobody knows whose data
 * will be written. Make the options once, beside the handler.
 */
export async function assertWritable(tenant: string | undefined, options: ReadOnlyOptions): Promise<void> {
  const flag = await flagOf(options).value();
  if (isFrozen(flag, tenant, options)) throw readOnlyOf(options);
}

export function readOnlyOf(
  { message, retryAfterSeconds }: Pick<ReadOnlyOptions, "message" | "retryAfterSeconds">,
  cause?: ErrorOptions,
): ReadOnly {
  return new ReadOnly(message, retryAfterSeconds, cause);
}

function isFrozen(flag: Flag, tenant: string | undefined, { onUnreadable }: ReadOnlyOptions): boolean {
  if (flag === "unreadable") return onUnreadable === "refuse";
  if (flag === "all") return true;
  return tenant === undefined ? flag.length > 0 : flag.includes(tenant);
}
