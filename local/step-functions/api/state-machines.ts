import { z } from "zod";
import { type JsonInput, type JsonOperation, jsonBody } from "../../protocols/json.ts";
import { type ApiRequest, AwsError, NotInPocketAwsError } from "../../service.ts";
import { logGroupOf, type StateMachine } from "../state-machine.ts";
import type { StateMachineSettings, StateMachines } from "../state-machines.ts";
import { PAGING, page, seconds } from "./paging.ts";

const LOGGING = z.strictObject({
  level: z.enum(["ALL", "ERROR", "FATAL", "OFF"]).optional(),
  includeExecutionData: z.boolean().optional(),
  destinations: z
    .array(z.strictObject({ cloudWatchLogsLogGroup: z.strictObject({ logGroupArn: z.string() }) }))
    .max(1)
    .optional(),
});
const TRACING = z.strictObject({ enabled: z.boolean().optional() });
const SETTINGS = ["definition", "roleArn", "loggingConfiguration", "tracingConfiguration"] as const;

type Authorize = (request: ApiRequest, action: string, resource: string) => void;

/** Operations on state machines themselves. */
export function stateMachineOperations(
  machines: StateMachines,
  authorize: Authorize,
): Readonly<Record<string, JsonOperation>> {
  return {
    CreateStateMachine: {
      members: ["name", "type", "tags", "publish", ...SETTINGS],
      run(input, request) {
        const name = input.text("name");
        authorize(request, "states:CreateStateMachine", machines.arnOf(name));
        const type = input.optionalText("type") ?? "STANDARD";
        if (type !== "STANDARD") throw new NotInPocketAwsError(`state machines of the type ${type}`);
        if (input.optionalBoolean("publish")) throw new NotInPocketAwsError("published versions of state machines");
        const settings = settingsOf(input, request);
        const { definition = input.text("definition"), roleArn = input.text("roleArn") } = settings;
        machines.authorizePassRole(request.caller, roleArn);
        const created = machines.create({ ...settings, name, definition, roleArn });
        return { stateMachineArn: created.arn, creationDate: seconds(created.creationDate) };
      },
    },
    UpdateStateMachine: {
      members: ["stateMachineArn", "publish", ...SETTINGS],
      run(input, request) {
        const arn = input.text("stateMachineArn");
        authorize(request, "states:UpdateStateMachine", arn);
        if (input.optionalBoolean("publish")) throw new NotInPocketAwsError("published versions of state machines");
        const settings = settingsOf(input, request);
        if (Object.keys(settings).length === 0) {
          throw new AwsError(
            "MissingRequiredParameter",
            "Either the definition, the role ARN or a configuration is needed",
          );
        }
        if (settings.roleArn !== undefined) machines.authorizePassRole(request.caller, settings.roleArn);
        const updated = machines.update(arn, settings);
        return { updateDate: seconds(updated.updateDate), revisionId: updated.revisionId };
      },
    },
    DescribeStateMachine: {
      members: ["stateMachineArn", "includedData"],
      run(input, request) {
        const arn = input.text("stateMachineArn");
        authorize(request, "states:DescribeStateMachine", arn);
        const machine = machines.find(arn).current;
        const { arn: stateMachineArn, creationDate, ...shown } = shownMachine(machine);
        return { stateMachineArn, ...shown, creationDate, status: "ACTIVE", type: "STANDARD" };
      },
    },
    ListStateMachines: {
      members: PAGING,
      run(input, request) {
        authorize(request, "states:ListStateMachines", machines.arnOf("*"));
        const { items, next } = page(input, machines.all());
        const stateMachines = items.map(({ current: { arn, name, creationDate } }) => ({
          stateMachineArn: arn,
          name,
          type: "STANDARD",
          creationDate: seconds(creationDate),
        }));
        return { stateMachines, ...next };
      },
    },
  };
}

/** A state machine as the Describe operations answer it. */
export function shownMachine(machine: StateMachine) {
  return {
    arn: machine.arn,
    name: machine.name,
    definition: machine.definition,
    roleArn: machine.roleArn,
    creationDate: seconds(machine.creationDate),
    loggingConfiguration: { level: "OFF", includeExecutionData: false, ...machine.logging },
    tracingConfiguration: { enabled: false, ...machine.tracing },
    revisionId: machine.revisionId,
  };
}

function settingsOf(input: JsonInput, request: ApiRequest): StateMachineSettings {
  const body = jsonBody(request);
  const definition = input.optionalText("definition");
  const roleArn = input.optionalText("roleArn");
  const logging = parse(LOGGING, body, "loggingConfiguration");
  const tracing = parse(TRACING, body, "tracingConfiguration");
  if (logging && (logging.level ?? "OFF") !== "OFF" && logGroupOf(logging) === undefined) {
    throw new AwsError("InvalidLoggingConfiguration", "Invalid Logging Configuration: a log group ARN is needed.");
  }
  return {
    ...(definition === undefined ? {} : { definition }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(logging === undefined ? {} : { logging }),
    ...(tracing === undefined ? {} : { tracing }),
  };
}

function parse<T>(schema: z.ZodType<T>, body: Readonly<Record<string, unknown>>, name: string): T | undefined {
  if (body[name] === undefined || body[name] === null) return undefined;
  const parsed = schema.safeParse(body[name]);
  if (parsed.success) return parsed.data;
  throw new AwsError("ValidationException", `${name}: ${z.prettifyError(parsed.error)}`);
}
