/** What people answer when a recovery asks. */
import type { ProtectedTable } from "../../../functions/contracts.ts";
import type { DeployedPocketAws } from "../../support/deployed-pocket-aws.ts";
import { question } from "./operator.ts";

/** One question as it stands in the recoveries table. */
export type Question = Awaited<ReturnType<typeof question>>;

/** Approves the plan that is asked about, with these choices. */
export async function approveWith(
  stage: DeployedPocketAws,
  executionArn: string,
  choices: object,
  earlier?: Question,
): Promise<Question> {
  const asked = await question(stage, executionArn, earlier);
  const recoveryId = executionArn.split(":").at(-1) ?? "";
  await stage.answer({ recoveryId, answer: "approve", planHash: asked.planHash, by: "on-call", ...choices });
  return asked;
}

/** Gives any other answer to the question that comes after `earlier`. */
export async function answer(
  stage: DeployedPocketAws,
  executionArn: string,
  given: { readonly answer: "reject" | "replan" | "continue" | "stop" | "lift"; readonly rules?: object },
  earlier?: Question,
): Promise<Question> {
  const asked = await question(stage, executionArn, earlier);
  await stage.answer({ recoveryId: executionArn.split(":").at(-1) ?? "", by: "on-call", ...given });
  return asked;
}

/** For {@link reconfigure}: the table declares no versionAttribute. (JSON leaves out what is undefined.) */
export const WITHOUT_VERSION = { versionAttribute: undefined } as unknown as Partial<ProtectedTable>;
