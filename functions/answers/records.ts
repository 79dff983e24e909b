import type { Rules } from "../contracts.ts";
import type { GroupChoice } from "../repair/rules.ts";

/** Record `waiting`: what the execution waits for. A redriven wait has a new token, which replaces the stored one. */
export interface Waiting {
  readonly for: "approval" | "decision";
  /** Of a decision: what was not as planned. */
  readonly about?: "plan" | "trial" | "repairs" | "health";
  readonly taskToken: string;
  readonly askedAt: string;
  readonly round?: number;
  readonly planHash?: string;
}

/** Record `approval#<round>`: the authority for every write. Waking the machine without it changes nothing. */
export interface Approval {
  readonly answer: "approve" | "reject" | "replan";
  readonly round: number;
  readonly planHash: string;
  /** Covers the plan and the chosen groups; what trial, repair and journal are named after. */
  readonly approvedHash: string;
  readonly groups?: readonly GroupChoice[];
  readonly accept?: "may-lose-good-writes";
  readonly rules?: Rules;
  /** Of an approval: deletes, after its choices, that only a frozen table makes safe. */
  readonly deletesThatNeedFreeze?: number;
  readonly by: string;
  /** `by` is who an API authenticated; missing: what the caller said. */
  readonly verified?: true;
  readonly at: string;
}

/** Record `decision#<when it was asked>#<about>`: the answer to one question. */
export interface Decision {
  readonly answer: "continue" | "stop" | "lift";
  readonly about: NonNullable<Waiting["about"]>;
  readonly askedAt: string;
  readonly by: string;
  readonly at: string;
}

export const DECISIONS = "decision#";
export const decisionRecord = ({ askedAt, about }: Pick<Decision, "askedAt" | "about">): string =>
  `${DECISIONS}${askedAt}#${about}`;
export const approvalRecord = (round: number): string => `approval#${String(round).padStart(4, "0")}`;
export const planRecord = (round: number): string => `plan#${String(round).padStart(4, "0")}`;
