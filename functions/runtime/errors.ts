/**
 * Every error that a step may throw on purpose. The class name is the error's name in the state machine and in its
 * history, so it is a literal: minifying must not change it. Transient ones may stand in a Retry; permanent ones never.
 * Message order: who, what is wrong, with which value, what to do.
 */
abstract class BackstitchError extends Error {
  abstract override readonly name: string;
}

/** The request can't be carried out: names the field, its value and the remedy. Nothing was changed. */
export class InvalidRequest extends BackstitchError {
  override readonly name = "InvalidRequest";
}

/** Another recovery holds this table: names it. */
export class TableLocked extends BackstitchError {
  override readonly name = "TableLocked";
}

/** This recovery does not hold the lock (any more): it must not write. */
export class LockLost extends BackstitchError {
  override readonly name = "LockLost";
}

/** Another execution has resumed this recovery: this one must not change anything more. */
export class ExecutionSuperseded extends BackstitchError {
  override readonly name = "ExecutionSuperseded";
}

/** No approval record for exactly this plan: it must not write. */
export class NotApproved extends BackstitchError {
  override readonly name = "NotApproved";
}

/** A plan part in S3 is not the one whose hash was recorded. */
export class PlanMismatch extends BackstitchError {
  override readonly name = "PlanMismatch";
}

/** A journal in S3 is not the one that this part would write. */
export class JournalMismatch extends BackstitchError {
  override readonly name = "JournalMismatch";
}

/** A guard did not prove itself in the time allowed: names the guard and what its probe got. */
export class ReadOnlyNotProven extends BackstitchError {
  override readonly name = "ReadOnlyNotProven";
}

/** The freeze that the plan relied on is gone: names the guard and the command that freezes again. */
export class ReadOnlyLost extends BackstitchError {
  override readonly name = "ReadOnlyLost";
}

/** A guard can't be raised or lowered as it stands: names the guard, the resource and the remedy. */
export class GuardFailed extends BackstitchError {
  override readonly name = "GuardFailed";
}

/** A restore can't be started or adopted: names the table and the remedy. */
export class RestoreFailed extends BackstitchError {
  override readonly name = "RestoreFailed";
}

/** An export can't be made, or is not what was asked for: names the table or the object, and the remedy. */
export class ExportFailed extends BackstitchError {
  override readonly name = "ExportFailed";
}

/** A list of keys can't be read as it is: names the object, the line and the remedy. */
export class InvalidKeys extends BackstitchError {
  override readonly name = "InvalidKeys";
}

/** A step found less than one result per part, or an object that should be there is not. */
export class MissingResult extends BackstitchError {
  override readonly name = "MissingResult";
}

/** The recovery named is not known: nothing to answer or to lift. */
export class UnknownRecovery extends BackstitchError {
  override readonly name = "UnknownRecovery";
}

/** An answer that does not fit what the recovery waits for: names both. */
export class InvalidAnswer extends BackstitchError {
  override readonly name = "InvalidAnswer";
}

/** A step's input is not what its contract says: a fault in the state machine, or a call by hand with a typo. */
export class InvalidInput extends BackstitchError {
  override readonly name = "InvalidInput";
}

/** AWS answered with throttling or a 5xx after the client's own retries. The only name of ours that a Retry may carry. */
export class TransientFailure extends BackstitchError {
  override readonly name = "TransientFailure";
}
