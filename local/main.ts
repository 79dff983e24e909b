import { parseArgs } from "node:util";
import { ROOT_CREDENTIALS } from "./iam/credentials.ts";
import { startPocketAws } from "./pocket-aws.ts";

const USAGE = `npm run local [-- options]

Starts a pocket AWS on this machine, deploys Backstitch's synthesized template into it and keeps it up until Ctrl-C.
Everything is in memory: the next start begins with an empty account.

  --port N   port on 127.0.0.1 (default 4599; 0 = any free one)
  --help     this page

Exit code: 0 after Ctrl-C, 1 if it can't start, 2 a wrong option.`;

/** A little of what the real thing is like; waits are ten times as fast. */
const CONDITIONS = {
  waitScale: 0.1,
  restoreMs: 5000,
  latestRestorableLagMs: 1000,
  iamPropagationMs: 1000,
  tablePolicyPropagationMs: 1000,
  tablePolicyChangeBlockMs: 1500,
  latencyMs: 2,
};

/** A wrong option: the message says which, and what it takes. */
class LocalUsageError extends Error {
  override readonly name = "LocalUsageError";
}

function portFrom(args: readonly string[]): number | "help" {
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

async function runUntilInterrupted(port: number): Promise<void> {
  const aws = await startPocketAws({ port, conditions: CONDITIONS });
  const interrupted = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  try {
    console.log(`The pocket AWS listens on ${aws.endpoint}. Synthesizing and deploying Backstitch ...`);
    const outputs = await aws.deployApp();
    console.log(instructions(aws.endpoint, aws.region, outputs));
    await interrupted;
    console.log("\nStopping.");
  } finally {
    await aws.close();
  }
}

function instructions(endpoint: string, region: string, outputs: Readonly<Record<string, string>>): string {
  const aws = `aws --endpoint-url ${endpoint}`;
  return `
Deployed:
${Object.entries(outputs)
  .map(([name, value]) => `  ${name} = ${value}`)
  .join("\n")}

In another terminal (the keys are root's here; signatures are not checked, and the port is loopback only):
  export AWS_ACCESS_KEY_ID=${ROOT_CREDENTIALS.accessKeyId}
  export AWS_SECRET_ACCESS_KEY=${ROOT_CREDENTIALS.secretAccessKey}
  export AWS_DEFAULT_REGION=${region}

  ${aws} dynamodb list-tables
  ${aws} ssm get-parameters-by-path --path /backstitch/tables --recursive
  ${aws} stepfunctions start-execution --state-machine-arn ${outputs.StateMachineArn} \\
    --name first-try --input '{"table": "orders", "badSince": "10m ago"}'
  ${aws} stepfunctions list-executions --state-machine-arn ${outputs.StateMachineArn}
  ${aws} s3 ls s3://${outputs.RecoveryBucketName}/recoveries/ --recursive
  ${aws} logs filter-log-events --log-group-name /aws/lambda/backstitch-preflight

The protected table "orders" is not part of the template: create it (with point-in-time recovery), its flag parameter and
its application's role as your application would. Ctrl-C ends it all.`;
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
