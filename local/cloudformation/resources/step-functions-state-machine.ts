import { CreateStateMachineCommand, DescribeStateMachineCommand } from "@aws-sdk/client-sfn";
import { z } from "zod";
import { resourceType } from "../resource-type.ts";

export const stepFunctionsStateMachine = resourceType(
  "AWS::StepFunctions::StateMachine",
  z.strictObject({
    StateMachineName: z.string().optional(),
    StateMachineType: z.literal("STANDARD").optional(),
    DefinitionString: z.string(),
    DefinitionSubstitutions: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
      .default({}),
    RoleArn: z.string(),
    LoggingConfiguration: z
      .strictObject({
        Level: z.enum(["ALL", "ERROR", "FATAL", "OFF"]).default("OFF"),
        IncludeExecutionData: z.boolean().default(false),
        Destinations: z
          .array(z.strictObject({ CloudWatchLogsLogGroup: z.strictObject({ LogGroupArn: z.string() }) }))
          .default([]),
      })
      .optional(),
    TracingConfiguration: z.strictObject({ Enabled: z.boolean() }).optional(),
  }),
  { Tags: "nothing reads a state machine's tags" },
  async (properties, { targets: { stepFunctions }, generatedName }) => {
    const {
      DefinitionString,
      DefinitionSubstitutions,
      LoggingConfiguration: logging,
      TracingConfiguration,
    } = properties;
    const name = properties.StateMachineName ?? generatedName(80);
    const definition = Object.entries(DefinitionSubstitutions).reduce(
      (text, [key, value]) => text.replaceAll(`\${${key}}`, () => value),
      DefinitionString,
    );
    const { stateMachineArn = "" } = await stepFunctions.send(
      new CreateStateMachineCommand({
        name,
        definition,
        roleArn: properties.RoleArn,
        ...(logging
          ? {
              loggingConfiguration: {
                level: logging.Level,
                includeExecutionData: logging.IncludeExecutionData,
                destinations: logging.Destinations.map(({ CloudWatchLogsLogGroup: { LogGroupArn } }) => ({
                  cloudWatchLogsLogGroup: { logGroupArn: LogGroupArn },
                })),
              },
            }
          : {}),
        ...(TracingConfiguration ? { tracingConfiguration: { enabled: TracingConfiguration.Enabled } } : {}),
      }),
    );
    const { revisionId } = await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
    return {
      ref: stateMachineArn,
      attributes: {
        Arn: stateMachineArn,
        Name: name,
        ...(revisionId === undefined ? {} : { StateMachineRevisionId: revisionId }),
      },
    };
  },
);
