/** What happens to functions: they die, run twice, time out, or go on beside their successor. */
import { AwsError } from "../../../local/service.ts";
import type { Fault, Reach } from "../faults.ts";
import { drawCall, drawFunction } from "./calls-drawn.ts";

/** A Lambda dies before, in the middle of or after its work. */
export function kill({ stage, chance }: Reach): Fault {
  const { role: functionName, nth: afterCalls } = drawCall(chance);
  const moment = chance.pick(["before-start", "before-answer", "middle", "middle", "middle"] as const);
  const invocation = chance.happens(0.9) ? 1 : 2;
  stage.aws.services.lambda.faults.killDuring({
    functionName,
    invocation,
    moment: moment === "middle" ? { afterCalls } : moment,
  });
  return { name: `kill ${functionName} #${invocation} ${moment === "middle" ? `after ${afterCalls} calls` : moment}` };
}

/** A service delivers twice: two of the same function at work, beside or after one another. */
export function repeat({ stage, chance }: Reach): Fault {
  const functionName = chance.happens(0.5)
    ? `backstitch-${chance.pick(["apply-part", "plan-part", "verify-part"])}`
    : drawFunction(chance);
  const when = chance.pick(["beside", "afterwards"] as const);
  stage.aws.services.lambda.faults.repeatDuring({ functionName, when, invocation: chance.happens(0.9) ? 1 : 2 });
  return { name: `${functionName} runs twice, ${when}` };
}

/** The execution is stopped and redriven while a writer is at work, which goes on writing beside the new attempt. */
export function zombie({ stopAndRedrive, chance }: Reach): Fault {
  const role = chance.pick(["backstitch-apply-part", "backstitch-apply-part", "backstitch-repair-trial"]);
  const nth = chance.between(3, 28);
  let isDone = false;
  return {
    name: `zombie at call ${nth} of ${role}`,
    around: (call, proceed) => {
      if (call.role !== role || call.ofRole < nth) return undefined;
      if (!isDone) {
        isDone = true;
        return stopAndRedrive().then(proceed);
      }
      // One of them is slow, now and then, so that both are at work at the same items.
      return chance.happens(0.3) ? later(chance.below(60)).then(proceed) : undefined;
    },
  };
}

/** The task loses sight of a function, which goes on and writes beside the next attempt. */
export function loseSight({ stage, chance }: Reach): Fault {
  const role = chance.happens(0.6) ? "backstitch-apply-part" : drawFunction(chance);
  const nth = chance.between(2, 20);
  const error = chance.pick(["SdkClientException", "Unknown"]);
  let isDone = false;
  return {
    name: `${role} is out of sight from call ${nth} and goes on`,
    around: (call, proceed) => {
      if (isDone || call.role !== role || call.ofRole !== nth) return undefined;
      isDone = true;
      stage.aws.services.lambda.faults.abandonRunning(role, new AwsError(error, "The connection broke.", 500));
      return later(chance.between(5, 80)).then(proceed);
    },
  };
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
