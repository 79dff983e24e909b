import type { Dependencies } from "../runtime/dependencies.ts";
import type { Waiting } from "./records.ts";

/** Writes down what the execution waits for. Asked again under the same token it is the same question. */
export async function ask(
  recoveryId: string,
  question: Omit<Waiting, "askedAt">,
  deps: Dependencies,
): Promise<Waiting> {
  return deps.recoveries.update<Waiting>(recoveryId, "waiting", (before) =>
    before?.taskToken === question.taskToken ? before : { ...question, askedAt: deps.now().toISOString() },
  );
}
