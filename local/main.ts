import { seededRandom } from "./conditions.ts";
import { Truth } from "./demo/truth.ts";
import { instructions } from "./instructions.ts";
import { LocalUsageError, portFrom, USAGE } from "./options.ts";

/** A little of what the real thing is like; waits are ten times as fast. */
const CONDITIONS = {
  waitScale: 0.1,
  restoreMs: 5000,
  exportMs: 4000,
  latestRestorableLagMs: 1000,
  iamPropagationMs: 1000,
  tablePolicyPropagationMs: 1000,
  tablePolicyChangeBlockMs: 1500,
  latencyMs: 2,
};

async function runUntilInterrupted(port: number): Promise<void> {
  // Loaded late: a wrong option is answered at once.
  const { startPocketAws } = await import("./pocket-aws.ts");
  const { setStage } = await import("./demo/world.ts");
  const { deployOrdersAudit } = await import("./demo/orders-audit.ts");
  const aws = await startPocketAws({ port, conditions: CONDITIONS, onNotification: printNotification });
  const interrupted = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  try {
    console.log(`The pocket AWS listens on ${aws.endpoint}. Synthesizing and deploying Backstitch ...`);
    const outputs = await aws.deployApp();
    await setStage(aws, 500, seededRandom(1), new Truth());
    await deployOrdersAudit(aws);
    console.log(instructions(aws.endpoint, aws.region, outputs));
    await interrupted;
    console.log("\nStopping.");
  } finally {
    await aws.close();
  }
}

/** What a subscriber of the topic would get by mail. */
function printNotification({
  subject,
  message,
}: {
  readonly subject: string | undefined;
  readonly message: string;
}): void {
  console.log(`\n--- ${subject ?? "Notification"}\n${message}\n---`);
}

try {
  const port = portFrom(process.argv.slice(2));
  if (port === "help") console.log(USAGE);
  else await runUntilInterrupted(port);
} catch (error) {
  const isUsage = error instanceof LocalUsageError;
  console.error(isUsage ? `${USAGE}\n\n${error.message}` : error);
  process.exitCode = isUsage ? 2 : 1;
}
