import type { Logger } from "@aws-lambda-powertools/logger";
import type { Artifacts } from "./artifacts.ts";
import type { Aws } from "./aws.ts";
import type { Environment } from "./environment.ts";
import type { Recoveries } from "./recoveries.ts";

/** Everything a step may touch beside its input. */
export interface Dependencies {
  readonly aws: Aws;
  readonly environment: Environment;
  readonly recoveries: Recoveries;
  readonly artifacts: Artifacts;
  readonly now: () => Date;
  readonly logger: Pick<Logger, "info" | "warn" | "error" | "debug">;
}
