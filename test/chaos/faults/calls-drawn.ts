import type { Chance } from "../chance.ts";

/** Functions of a recovery, and about how many calls each makes: what is drawn beyond that happens to nobody. */
const CALLS: Readonly<Record<string, number>> = {
  preflight: 21,
  "activate-read-only": 42,
  "verify-read-only": 34,
  "collect-keys": 5,
  "start-export": 20,
  "check-export": 11,
  "start-restore": 19,
  "check-restore": 13,
  "collect-evidence": 17,
  "list-parts": 13,
  "plan-part": 10,
  "summarize-plan": 12,
  "await-approval": 8,
  "answer-recovery": 8,
  "read-approval": 3,
  "repair-trial": 30,
  "verify-trial": 12,
  "apply-part": 31,
  "verify-part": 12,
  "summarize-repairs": 6,
  "run-health-check": 2,
  "lift-read-only": 42,
  "delete-restored-tables": 11,
  "write-report": 24,
  "on-recovery-ended": 10,
};
/** Where most is at stake comes up more often. */
const NAMES = [
  ...Object.keys(CALLS),
  ...["apply-part", "apply-part", "apply-part", "apply-part", "repair-trial", "repair-trial"],
  ...["lift-read-only", "lift-read-only", "activate-read-only"],
];

export function drawFunction(chance: Chance): string {
  return `backstitch-${chance.pick(NAMES)}`;
}

export interface DrawnCall {
  readonly role: string;
  readonly nth: number;
}

/** A function, and one of its calls. */
export function drawCall(chance: Chance): DrawnCall {
  const role = drawFunction(chance);
  return { role, nth: chance.between(1, CALLS[role.replace("backstitch-", "")] ?? 1) };
}
