import type { Dependencies } from "./dependencies.ts";

/** Record `resumed-as` under the pseudo id `execution:<name>`: an execution that resumes a recovery is called otherwise. */
interface ResumedAs {
  readonly recoveryId: string;
}
const RECORD = "resumed-as";
const idOf = (executionName: string) => `execution:${executionName}`;

export async function noteExecution(executionName: string, recoveryId: string, deps: Dependencies): Promise<void> {
  await deps.recoveries.put(idOf(executionName), RECORD, { recoveryId } satisfies ResumedAs);
}

/** The recovery that an execution runs: the one of its own name, unless it resumes another. */
export async function recoveryIdOf(executionName: string, deps: Dependencies): Promise<string> {
  const resumed = await deps.recoveries.get<ResumedAs>(idOf(executionName), RECORD);
  return resumed?.recoveryId ?? executionName;
}
