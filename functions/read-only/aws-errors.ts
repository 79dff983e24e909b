/** Query services name the same error with and without the suffix, by client and by version. */
export function isAwsError(error: unknown, ...names: readonly string[]): error is Error {
  return error instanceof Error && names.some((name) => error.name === name || error.name === `${name}Exception`);
}
