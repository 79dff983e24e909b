/** What the deployment tells every function, read and checked once at load. */
import { z } from "zod";

const Environment = z.object({
  /** Table of recoveries: status, locks, approvals, hashes, saved read-only state. */
  RECOVERIES_TABLE: z.string().min(1),
  /** Bucket of plans, journals, results and reports, one prefix a recovery. */
  RECOVERY_BUCKET: z.string().min(1),
  /** Topic that people are told on. */
  NOTIFICATION_TOPIC_ARN: z.string().min(1),
  /** Every function is called `<prefix>-<kebab-case step>`; the commands in messages name them. */
  FUNCTION_PREFIX: z.string().min(1),
  /** `/<prefix>/tables/`: one parameter a protected table. */
  TABLES_PATH: z.string().min(1),
  /** The managed policy that denies writes: `<arn prefix><table name>`. */
  DENY_POLICY_ARN_PREFIX: z.string().default(""),
  /** Roles that the proof of a freeze writes under, one a guard. */
  IAM_DENY_PROBE_ROLE_ARN: z.string().default(""),
  TABLE_POLICY_PROBE_ROLE_ARN: z.string().default(""),
  /** Roles of Backstitch that write to protected tables or restored ones, separated by commas: the table policy lets them through. */
  WRITING_ROLE_ARNS: z.string().default(""),
  /** From so many minutes on a frozen table is told again and again. */
  FROZEN_TOO_LONG_MINUTES: z.coerce.number().default(60),
  /** Time for an event and its retries: who is told by it must not be told by the sweep a moment before. */
  EVENT_GRACE_SECONDS: z.coerce.number().default(300),
  STATE_MACHINE_ARN: z.string().default(""),
  /** The longest time-out of a function that writes, in seconds: after it no earlier attempt can be alive. */
  WRITER_TIMEOUT_SECONDS: z.coerce.number().default(300),
});
export type Environment = z.infer<typeof Environment>;

export function readEnvironment(source: Readonly<Record<string, string | undefined>> = process.env): Environment {
  return Environment.parse(source);
}
