import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ClientConfig } from "../local/pocket-aws.ts";
import type { BareWriting } from "./bare-writer.ts";
import { cpuSeconds } from "./cpu.ts";

/** As many as parts are applied at once by default, and as many writes as one part has in flight. */
export const PARTS_AT_ONCE = 8;
export const WRITES_IN_FLIGHT = 16;

export interface BareFigures {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/**
 * Damages the total of every order by bare conditional writes, as many at once as the repair has, each eighth from a
 * thread of its own as each part has its own Lambda. Answers the time from the first write to the last answer.
 */
export async function damageByBareWrites(client: ClientConfig, items: number): Promise<BareFigures> {
  const each = Math.ceil(items / PARTS_AT_ONCE);
  const firsts = Array.from({ length: Math.ceil(items / each) }, (_, part) => part * each);
  const workers = firsts.map((first) => {
    const workerData: BareWriting = {
      client,
      first,
      count: Math.min(each, items - first),
      inFlight: WRITES_IN_FLIGHT,
    };
    return new Worker(new URL("./bare-writer.ts", import.meta.url), { workerData });
  });
  try {
    await Promise.all(workers.map((worker) => once(worker, "message")));
    const begun = performance.now();
    const cpuBegun = cpuSeconds();
    await Promise.all(
      workers.map((worker) => {
        const done = once(worker, "message");
        worker.postMessage("go");
        return done;
      }),
    );
    return { seconds: (performance.now() - begun) / 1000, cpuSeconds: cpuSeconds() - cpuBegun };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
