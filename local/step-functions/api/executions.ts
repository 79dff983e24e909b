import type { JsonOperation } from "../../protocols/json.ts";
import { type ApiRequest, AwsError } from "../../service.ts";
import type { Execution } from "../execution.ts";
import type { Executions } from "../executions.ts";
import { type HistoryEvent, withoutExecutionData } from "../history.ts";
import type { MapRun } from "../map-runs.ts";
import type { StateMachines } from "../state-machines.ts";
import { optional, PAGING, page, seconds } from "./paging.ts";
import { shownMachine } from "./state-machines.ts";

type Authorize = (request: ApiRequest, action: string, resource: string) => void;

/** Operations on executions, the children of Distributed Maps included. */
export function executionOperations(
  executions: Executions,
  machines: StateMachines,
  findMapRun: (arn: string) => MapRun,
  authorize: Authorize,
): Readonly<Record<string, JsonOperation>> {
  /** The execution that the caller named and may do this with. */
  const allowed = (request: ApiRequest, action: string, arn: string): Execution => {
    authorize(request, action, arn);
    return executions.find(arn);
  };
  return {
    StartExecution: {
      members: ["stateMachineArn", "name", "input", "traceHeader"],
      run(input, request) {
        const arn = input.text("stateMachineArn");
        authorize(request, "states:StartExecution", arn);
        const execution = executions.start(arn, input.optionalText("name"), input.optionalText("input"));
        return { executionArn: execution.arn, startDate: seconds(execution.startDate) };
      },
    },
    DescribeExecution: {
      members: ["executionArn", "includedData"],
      run(input, request) {
        const execution = allowed(request, "states:DescribeExecution", input.text("executionArn"));
        const isMetadataOnly = input.optionalText("includedData") === "METADATA_ONLY";
        return describe(execution, executions, !isMetadataOnly);
      },
    },
    DescribeStateMachineForExecution: {
      members: ["executionArn", "includedData"],
      run(input, request) {
        const execution = allowed(request, "states:DescribeStateMachineForExecution", input.text("executionArn"));
        const { arn, creationDate, ...machine } = shownMachine(execution.options.machine);
        return {
          stateMachineArn: execution.shownStateMachineArn,
          ...machine,
          updateDate: seconds(execution.options.machine.updateDate),
          ...optional({ mapRunArn: execution.mapRun?.arn, label: execution.mapRun?.label }),
        };
      },
    },
    ListExecutions: {
      members: ["stateMachineArn", "mapRunArn", "statusFilter", "redriveFilter", ...PAGING],
      run(input, request) {
        const mapRunArn = input.optionalText("mapRunArn");
        const machineArn = input.optionalText("stateMachineArn");
        if ((mapRunArn === undefined) === (machineArn === undefined)) {
          throw new AwsError("ValidationException", "ListExecutions: give either stateMachineArn or mapRunArn.");
        }
        authorize(request, "states:ListExecutions", mapRunArn ?? machineArn ?? "");
        const all =
          mapRunArn === undefined
            ? [...machines.find(machineArn ?? "").executions.values()]
            : findMapRun(mapRunArn).children.filter((child) => child !== undefined);
        const status = input.optionalText("statusFilter");
        const redrive = input.optionalText("redriveFilter");
        const matching = all.filter(
          (execution) =>
            (status === undefined || status === execution.status) &&
            (redrive === undefined || (redrive === "REDRIVEN") === execution.redriveCount > 0),
        );
        // Newest first; those of one millisecond in the reverse of the order in which they began.
        const { items, next } = page(
          input,
          matching.reverse().sort((a, b) => b.startDate - a.startDate),
        );
        return { executions: items.map(listed), ...next };
      },
    },
    GetExecutionHistory: {
      members: ["executionArn", "reverseOrder", "includeExecutionData", ...PAGING],
      run(input, request) {
        const { history } = allowed(request, "states:GetExecutionHistory", input.text("executionArn"));
        const events = input.optionalBoolean("reverseOrder") ? history.events.toReversed() : history.events;
        const { items, next } = page(input, events);
        const withData = input.optionalBoolean("includeExecutionData") ?? true;
        return { events: items.map((event) => shownEvent(event, withData)), ...next };
      },
    },
    StopExecution: {
      members: ["executionArn", "error", "cause"],
      run(input, request) {
        const { arn } = allowed(request, "states:StopExecution", input.text("executionArn"));
        const { stopDate } = executions.stop(arn, input.optionalText("error"), input.optionalText("cause"));
        return { stopDate: seconds(stopDate ?? 0) };
      },
    },
    RedriveExecution: {
      members: ["executionArn", "clientToken"],
      run(input, request) {
        const { arn } = allowed(request, "states:RedriveExecution", input.text("executionArn"));
        return { redriveDate: seconds(executions.redrive(arn, input.optionalText("clientToken"))) };
      },
    },
  };
}

function listed(execution: Execution): Record<string, unknown> {
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.shownStateMachineArn,
    name: execution.name,
    status: execution.status,
    startDate: seconds(execution.startDate),
    redriveCount: execution.redriveCount,
    ...optional({
      stopDate: execution.stopDate === undefined ? undefined : seconds(execution.stopDate),
      redriveDate: execution.redriveDate === undefined ? undefined : seconds(execution.redriveDate),
      mapRunArn: execution.mapRun?.arn,
      itemCount: execution.mapRun ? 0 : undefined,
    }),
  };
}

function describe(execution: Execution, executions: Executions, withData: boolean): Record<string, unknown> {
  const redrive = executions.redriveStatus(execution);
  const { itemCount: _, ...basics } = listed(execution);
  const details = { included: withData };
  return {
    ...basics,
    redriveStatus: redrive.status,
    ...optional({ redriveStatusReason: redrive.reason, error: execution.error, cause: execution.cause }),
    ...(withData ? { input: execution.options.inputText } : {}),
    inputDetails: details,
    ...(execution.status !== "SUCCEEDED" ? {} : { outputDetails: details }),
    ...(execution.status !== "SUCCEEDED" || !withData ? {} : { output: JSON.stringify(execution.output) }),
  };
}

function shownEvent(event: HistoryEvent, withData: boolean): Record<string, unknown> {
  return {
    id: event.id,
    previousEventId: event.previousEventId,
    type: event.type,
    timestamp: seconds(event.timestamp),
    ...(withData ? event.details : withoutExecutionData(event.details)),
  };
}
