/** What services do: answers get lost, are errors, or are late to tell of a change. */
import { LostAnswer } from "../../../local/interception.ts";
import { AwsError } from "../../../local/service.ts";
import type { Call } from "../call.ts";
import type { Fault, Reach } from "../faults.ts";
import { type DrawnCall, drawCall } from "./calls-drawn.ts";

/** The call takes effect and its answer never arrives; the Lambda lives on. */
export function lostAnswer({ chance }: Reach): Fault {
  const drawn = drawCall(chance);
  const times = chance.between(1, 3);
  return {
    name: `${times} lost answers of ${drawn.role} from call ${drawn.nth}`,
    around: (call, proceed) => {
      if (!isAmong(call, drawn, times)) return undefined;
      return proceed().then(() => {
        throw new LostAnswer();
      });
    },
  };
}

/** A service answers 5xx a few times before it does anything. */
export function serverErrors({ chance }: Reach): Fault {
  const drawn = drawCall(chance);
  const times = chance.between(1, 6);
  return {
    name: `${times} server errors for ${drawn.role} from call ${drawn.nth}`,
    around: (call) =>
      isAmong(call, drawn, times)
        ? Promise.reject(new AwsError("InternalServerError", "Internal server error", 500))
        : undefined,
  };
}

/** A service throttles some calls in a row of one function. */
export function throttledCalls({ chance }: Reach): Fault {
  const drawn = drawCall(chance);
  const times = chance.between(1, 3);
  return {
    name: `${times} throttled calls of ${drawn.role} from call ${drawn.nth}`,
    around: (call) => {
      if (!isAmong(call, drawn, times)) return undefined;
      const isData = call.service === "dynamodb" && /Item|Query|Scan/.test(call.action);
      const name = isData ? "ProvisionedThroughputExceededException" : "ThrottlingException";
      return Promise.reject(new AwsError(name, "Rate exceeded", 400));
    },
  };
}

export function throttled({ stage, chance }: Reach): Fault {
  stage.aws.conditions.throttleRate = 0.005 + chance.draw() * 0.025;
  return { name: `throttled ${stage.aws.conditions.throttleRate.toFixed(3)}` };
}

export function unprocessed({ stage }: Reach): Fault {
  stage.aws.conditions.unprocessedRate = 0.4;
  return { name: "unprocessed keys" };
}

/** Changes of policies take a while to arrive, later ones now and then before earlier ones, and come and go until they have. */
export function flicker({ stage, chance }: Reach): Fault {
  const { conditions } = stage.aws;
  conditions.propagationFlicker = 0.1 + chance.draw() * 0.6;
  conditions.iamPropagationMs = chance.below(400);
  conditions.tablePolicyPropagationMs = chance.below(400);
  return { name: `flicker ${conditions.propagationFlicker.toFixed(2)}` };
}

function isAmong({ role, ofRole }: Call, drawn: DrawnCall, times: number): boolean {
  return role === drawn.role && ofRole >= drawn.nth && ofRole < drawn.nth + times;
}
