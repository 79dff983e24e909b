import { itemChangeLine } from "../kit/log-item-change.ts";
import { CHANGE_LOG_GROUP, CHANGE_LOG_STREAM } from "./demo/change-log.ts";
import { ROOT_CREDENTIALS } from "./iam/credentials.ts";

const LOGGED = itemChangeLine({
  table: "orders",
  key: { pk: "TENANT#t001", sk: "ORDER#0000001" },
  action: "update",
});

/** What `npm run local` prints once it is up: what is there, and a small recovery to type along. */
export function instructions(endpoint: string, region: string, outputs: Readonly<Record<string, string>>): string {
  const { StateMachineArn: machine = "", RecoveryBucketName: bucket = "" } = outputs;
  const execution = machine.replace(":stateMachine:", ":execution:");
  return `
Deployed:
${Object.entries(outputs)
  .map(([name, value]) => `  ${name} = ${value}`)
  .join("\n")}
The table "orders" has 500 items of 10 tenants, the application's role is "orders-app", its flag /orders/read-only.

In another terminal (the keys are root's here; signatures are not checked, and the port is loopback only):
  export AWS_ACCESS_KEY_ID=${ROOT_CREDENTIALS.accessKeyId} AWS_SECRET_ACCESS_KEY=${ROOT_CREDENTIALS.secretAccessKey} AWS_DEFAULT_REGION=${region}
  export AWS_ENDPOINT_URL=${endpoint}

A recovery to type along. Damage an order, and remember when:
  BAD=$(date -u +%Y-%m-%dT%H:%M:%SZ); sleep 1
  aws dynamodb update-item --table-name orders --key '{"pk":{"S":"TENANT#t001"},"sk":{"S":"ORDER#0000001"}}' \\
    --update-expression 'SET #t = :x' --expression-attribute-names '{"#t":"total"}' --expression-attribute-values '{":x":{"N":"0"}}'
  aws logs put-log-events --log-group-name ${CHANGE_LOG_GROUP} --log-stream-name ${CHANGE_LOG_STREAM} --log-events \\
    '[{"timestamp":'$(date +%s)000',"message":${JSON.stringify(JSON.stringify(LOGGED))}}]'
  END=$(date -u +%Y-%m-%dT%H:%M:%SZ); sleep 2
Start; what would come by mail is printed here. (The line that its application would have logged stands in the change log:
instead of "keys", "keysFrom":{"logs":{}} finds it, some seconds after it was written.)
  aws stepfunctions start-execution --state-machine-arn ${machine} --name first-try --input \\
    '{"table":"orders","badSince":"'$BAD'","incidentEnd":"'$END'","keys":[{"pk":"TENANT#t001","sk":"ORDER#0000001"}]}'
  aws stepfunctions describe-execution --execution-arn ${execution}:first-try
Answer as the notification says, then look:
  aws s3 cp s3://${bucket}/recoveries/first-try/report.md -
  aws dynamodb get-item --table-name orders --key '{"pk":{"S":"TENANT#t001"},"sk":{"S":"ORDER#0000001"}}'

(An aws command line before 2.13 does not read AWS_ENDPOINT_URL: add --endpoint-url ${endpoint} to each command.)
Ctrl-C ends it all.`;
}
