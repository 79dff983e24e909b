/** Not done, and will be refused again however often it is sent: the item's fault. */
const UNWRITABLE = new Set(["ValidationException", "ItemCollectionSizeLimitExceededException"]);

/** Not done, and may be sent again after a while: the service says so before anything takes effect. */
const NOT_DONE_YET = new Set([
  "ProvisionedThroughputExceededException",
  "ReplicatedWriteConflictException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "TransactionConflictException",
]);

/** Not done, and no fault of the item: the attempt ends and says why. */
const PERMANENT = new Set([
  "AccessDeniedException",
  "ExpiredTokenException",
  "IncompleteSignature",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "ResourceNotFoundException",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);

/** `unanswered`: nobody knows whether it was done. */
export type Refusal = "guard-failed" | "unwritable" | "not-done-yet" | "permanent" | "unanswered";

/** What an error of a guarded write means for the item. Whatever is not known counts as a lost answer. */
export function refusalOf(error: unknown): Refusal {
  const name = error instanceof Error ? error.name : "";
  if (name === "ConditionalCheckFailedException") return "guard-failed";
  if (UNWRITABLE.has(name)) return "unwritable";
  if (NOT_DONE_YET.has(name)) return "not-done-yet";
  if (PERMANENT.has(name)) return "permanent";
  return "unanswered";
}
