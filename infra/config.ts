import { Aws } from "aws-cdk-lib";
import { z } from "zod";
import { ProtectedTable } from "../functions/contracts.ts";

/** A table that this deployment may recover. As the functions know it, but with role names where they take ARNs. */
const ProtectedTableConfig = ProtectedTable.omit({ applicationRoleArns: true }).extend({
  /** Roles that the application writes with: names (with their path, if any) in this account. */
  applicationRoles: z.array(z.string().regex(/^[\w+=,.@/-]{1,512}$/)).default([]),
});

export const BackstitchConfig = z.strictObject({
  /** Begins the name of every function, role and policy. Roles are global in an account: take another one in a second Region. */
  prefix: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,20}$/, "lower-case letters, digits and hyphens; at most 21 characters")
    .default("backstitch"),
  tables: z.array(ProtectedTableConfig).min(1),
  /** Plans, journals and reports go after this many days. An undo needs the journal. */
  /** Longer than a table can be restored to the second (35 days): what an earlier recovery put back must be known till then. */
  keepRecoveriesDays: z.number().int().min(36).default(90),
  logRetentionDays: z.union([z.literal(30), z.literal(90), z.literal(180), z.literal(365)]).default(180),
  /** Who is told by e-mail; more can subscribe to the topic at any time. */
  notifyEmails: z.array(z.string().includes("@")).default([]),
  /** From so many minutes on a frozen table is told again, every 15 minutes while nothing moves. */
  frozenTooLongMinutes: z.number().int().min(5).default(60),
  /** Customer managed key for the recovery bucket; its policy must let the roles of this account use it by IAM. */
  bucketKeyArn: z.string().startsWith("arn:").optional(),
});
export type BackstitchConfig = z.infer<typeof BackstitchConfig>;

/** Types a configuration, so that an editor helps and a typo does not compile. */
export function defineConfig(config: z.input<typeof BackstitchConfig>): z.input<typeof BackstitchConfig> {
  return config;
}

/** The configuration names something twice, or a guard lacks what it needs: found at synth, not at 3 a.m. */
export class InvalidConfig extends Error {
  override readonly name = "InvalidConfig";
}

/** Checks a configuration and fills in its defaults. */
export function parseConfig(config: z.input<typeof BackstitchConfig>): BackstitchConfig {
  const parsed = BackstitchConfig.safeParse(config);
  if (!parsed.success)
    throw new InvalidConfig(
      `backstitch.config.ts: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}.`,
    );
  const names = new Set<string>();
  for (const table of parsed.data.tables) {
    const say = (problem: string) => new InvalidConfig(`backstitch.config.ts: table "${table.tableName}" ${problem}.`);
    if (names.has(table.tableName)) throw say("stands there twice: keep one of the two");
    names.add(table.tableName);
    if (table.guards.includes("ssm-flag") && !table.flagParameter)
      throw say('has the guard "ssm-flag" but no flagParameter: name the parameter that the application checks');
    if (table.guards.includes("iam-deny") && table.applicationRoles.length === 0)
      throw say('has the guard "iam-deny" but no applicationRoles: name the roles that the application writes with');
    // A managed policy's name is `<prefix>-deny-<table>` and has at most 128 characters.
    if (table.guards.includes("iam-deny") && `${parsed.data.prefix}-deny-${table.tableName}`.length > 128)
      throw say('has too long a name for the guard "iam-deny": leave that guard out');
  }
  return parsed.data;
}

/** What the functions are told about each table: role names turned into ARNs of the account that is deployed to. */
export function protectedTables(config: BackstitchConfig): ProtectedTable[] {
  return config.tables.map(({ applicationRoles, ...table }) =>
    ProtectedTable.parse({
      ...table,
      applicationRoleArns: applicationRoles.map(
        (role) => `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${role.replace(/^\//, "")}`,
      ),
    }),
  );
}
