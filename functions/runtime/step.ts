/** The one middy stack of every step: contract, log context, trace, metrics, and error names that the machine knows. */
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import { Tracer } from "@aws-lambda-powertools/tracer";
import { captureLambdaHandler } from "@aws-lambda-powertools/tracer/middleware";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import type { ZodError, ZodType } from "zod";
import { contracts, type StepInput, type StepName, type StepOutput } from "../contracts.ts";
import { Artifacts } from "./artifacts.ts";
import { createAws } from "./aws.ts";
import type { Dependencies } from "./dependencies.ts";
import { readEnvironment } from "./environment.ts";
import { InvalidInput } from "./errors.ts";
import { Recoveries } from "./recoveries.ts";
import { forTheMachine } from "./transient.ts";

const logger = new Logger({ serviceName: "backstitch" });
const tracer = new Tracer({ serviceName: "backstitch", captureHTTPsRequests: false });
// Most steps measure nothing; a warning about it in every invocation would bury the lines that count.
const quiet = { ...console, warn: () => undefined };
const metrics = new Metrics({ namespace: "Backstitch", serviceName: "backstitch", logger: quiet });

let dependencies: Dependencies | undefined;

function containerDependencies(): Dependencies {
  if (!dependencies) {
    const environment = readEnvironment();
    const aws = createAws();
    dependencies = {
      aws,
      environment,
      recoveries: new Recoveries(aws.dynamodb, environment.RECOVERIES_TABLE),
      artifacts: new Artifacts(aws.s3, environment.RECOVERY_BUCKET),
      now: () => new Date(),
      logger,
    };
  }
  return dependencies;
}

/** Wraps a step that has a contract. */
export function step<Name extends StepName>(
  name: Name,
  run: (input: StepInput<Name>, deps: Dependencies) => Promise<StepOutput<Name>>,
) {
  const { input, output } = contracts[name];
  // TypeScript can't follow a generic name through the table of schemas; the table itself is what ties them together.
  const inputSchema = input as unknown as ZodType<StepInput<Name>>;
  const outputSchema = output as unknown as ZodType<StepOutput<Name>>;
  return lambdaHandler(name, inputSchema, async (parsed, deps) => outputSchema.parse(await run(parsed, deps)));
}

/** More faults than this are counted, not listed, and each is cut: whoever calls by hand reads them in a terminal. */
const MAX_FAULTS_LISTED = 5;
const LONGEST_FAULT = 200;

function faultsOf({ issues }: ZodError): string {
  const listed = issues
    .slice(0, MAX_FAULTS_LISTED)
    .map(({ path, message }) => `${path.map(String).join(".") || "input"}: ${message}`)
    .map((fault) => (fault.length > LONGEST_FAULT ? `${fault.slice(0, LONGEST_FAULT)}…` : fault).toWellFormed());
  const more = issues.length - listed.length;
  return [...listed, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}

/** Wraps anything else that Lambda calls: operator functions and event handlers. */
export function lambdaHandler<Input, Output>(
  name: string,
  schema: ZodType<Input>,
  run: (input: Input, deps: Dependencies) => Promise<Output>,
) {
  return middy<unknown, Output>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(logMetrics(metrics))
    .handler(async (event: unknown, _context: Context) => {
      const parsed = schema.safeParse(event);
      if (!parsed.success)
        throw forTheMachine(
          new InvalidInput(`${name}: ${faultsOf(parsed.error)}. The input must be as functions/contracts.ts says.`),
        );
      const { recoveryId } = parsed.data as { recoveryId?: string };
      logger.appendKeys({ step: name, ...(recoveryId ? { recoveryId } : {}) });
      try {
        return await run(parsed.data, containerDependencies());
      } catch (error) {
        throw forTheMachine(error);
      }
    });
}
