/** Permissions that no scenario uses, and why they are there all the same. */
export interface Explanation {
  /** Of `<construct> <action>`. */
  readonly permission: RegExp;
  readonly reason: string;
}

export const EXPLAINED: readonly Explanation[] = [];
