import { freezeCommand, redriveCommand } from "../runtime/commands.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { ReadOnlyLost } from "../runtime/errors.ts";
import type { Recovery } from "../runtime/recovery.ts";

/** Freezes again, then goes on: a redrive alone never goes back to the state that freezes. */
export function commandsToFreezeAgain(recovery: Recovery, { environment }: Dependencies): string {
  return `Freeze again:\n${freezeCommand(environment, recovery)}\nthen go on:\n${redriveCommand(recovery)}`;
}

/** The error of a freeze that is not there: `what` names the guard and what is there instead. */
export function readOnlyLost(recovery: Recovery, what: string, deps: Dependencies): ReadOnlyLost {
  return new ReadOnlyLost(
    `Recovery "${recovery.recoveryId}" may not write to table "${recovery.table.tableName}": ${what}. Nothing more was written. ${commandsToFreezeAgain(recovery, deps)}`,
  );
}
