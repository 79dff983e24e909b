import { AlarmSettings } from "../../cloudwatch/alarm.ts";
import { resourceType } from "../resource-type.ts";

export const cloudWatchAlarm = resourceType(
  "AWS::CloudWatch::Alarm",
  AlarmSettings.partial({ AlarmName: true }),
  { Tags: "nothing reads an alarm's tags" },
  async ({ AlarmName: name, ...settings }, { targets: { cloudWatch }, generatedName }) => {
    const AlarmName = name ?? generatedName(255);
    const { alarmArn } = cloudWatch.putMetricAlarm({ AlarmName, ...settings });
    return { ref: AlarmName, attributes: { Arn: alarmArn } };
  },
);
