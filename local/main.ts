import { ROOT_CREDENTIALS } from "./iam/credentials.ts";
import { LocalUsageError, portFrom, USAGE } from "./options.ts";

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

async function runUntilInterrupted(port: number): Promise<void> {
  // Loaded late: a wrong option is answered at once.
  const { startPocketAws } = await import("./pocket-aws.ts");
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
