/** Good code that writes to the very items, at the very moment. */
import { type Call, tableWrite, WRITERS } from "../call.ts";
import type { Fault, Reach } from "../faults.ts";

/** Somebody whom no guard covers writes between our read and our write. */
export function raceBefore(reach: Reach): Fault {
  const chance = 0.15 + reach.chance.draw() * 0.5;
  return {
    name: `races before ${chance.toFixed(2)} of the writes`,
    around: (call, proceed) => {
      const order = targetOf(reach, call);
      if (order === undefined || !reach.chance.happens(chance)) return undefined;
      return reach.story.writeSomething(reach.stranger, order, reach.chance).then(proceed);
    },
  };
}

/** The same, right after our write and before we have heard of it. */
export function raceAfter(reach: Reach): Fault {
  const chance = 0.15 + reach.chance.draw() * 0.5;
  return {
    name: `races after ${chance.toFixed(2)} of the writes`,
    around: (call, proceed) => {
      const order = targetOf(reach, call);
      if (order === undefined || !reach.chance.happens(chance)) return undefined;
      return proceed().then(async (answer) => {
        await reach.story.writeSomething(reach.stranger, order, reach.chance);
        return answer;
      });
    },
  };
}

/** The application writes all the time, to any order: before the freeze is up, after a thaw, and in vain in between. */
export function busyApplication({ story, application, chance }: Reach): Fault {
  const often = 0.02 + chance.draw() * 0.08;
  return {
    name: `the application writes at ${often.toFixed(2)} of our calls`,
    around: (_call, proceed) =>
      chance.happens(often)
        ? story.writeSomething(application, story.anyOrder(chance), chance).then(proceed)
        : undefined,
  };
}

function targetOf({ story }: Reach, call: Call): string | undefined {
  if (!WRITERS.includes(call.role)) return undefined;
  const write = tableWrite(call);
  return story.orderOf(write?.Key ?? write?.Item);
}
