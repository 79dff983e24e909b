import type { Dependencies } from "../runtime/dependencies.ts";
import { GuardFailed } from "../runtime/errors.ts";
import { attach, attachedPolicies, attachmentQuota, detach, rolePath } from "./attachments.ts";
import type { Guard, GuardProblem, GuardSubject } from "./guard.ts";
import { SavedState } from "./saved-state.ts";

interface SavedAttachments {
  readonly policyArn: string;
  /** Roles that had the policy before we came: never detached by us. */
  readonly attachedBefore: readonly string[];
  /** Roles that we attach it to, written down before it is done. */
  readonly ours: readonly string[];
  /** Since when a raise attaches them; it has not come back. A lift can't know whether one more attachment is on its way. */
  readonly attachingSince?: string;
  /** How often it was raised: what a lift detached, a raise beside it may have attached again. */
  readonly raises: number;
}

/** "You can configure functions to run for up to 15 minutes": no raise attaches anything after them. */
const ATTACHES_WITHIN_MS = 15 * 60_000;

const WHOLE_TABLE_ONLY = "guard iam-deny freezes the whole table only: its policy knows no tenants";
const saved = new SavedState<SavedAttachments>("iam-deny");

/** One managed policy, made at deployment, that denies writes to this table: attached to the application's roles. */
export const iamDeny: Guard = {
  name: "iam-deny",
  proof: { roleArn: ({ IAM_DENY_PROBE_ROLE_ARN }) => IAM_DENY_PROBE_ROLE_ARN, deniedBy: "identity-based" },
  wholeTableOnly: WHOLE_TABLE_ONLY,

  async preflight(subject, deps) {
    const { table, tenants } = subject;
    if (tenants)
      return [{ problem: WHOLE_TABLE_ONLY, remedy: 'leave "tenants" out, or take iam-deny out of "readOnly.guards"' }];
    if (table.applicationRoleArns.length === 0)
      return [
        {
          problem: `table "${table.tableName}" has no application roles to attach the deny policy to`,
          remedy: "name them in backstitch.config.ts",
        },
      ];
    if (!deps.environment.DENY_POLICY_ARN_PREFIX || !deps.environment.IAM_DENY_PROBE_ROLE_ARN)
      return [
        {
          problem: "this deployment has no deny policy or no probe role for iam-deny",
          remedy: "deploy again with iam-deny among the table's guards",
        },
      ];
    return problemsOfRoles(subject, deps);
  },

  async raise(subject, deps) {
    const policyArn = policyArnOf(subject, deps);
    const lacking: string[] = [];
    const attachedBefore: string[] = [];
    for (const role of rolesOf(subject, deps)) {
      const policies = await attachedPolicies(role, deps);
      if (!policies)
        throw new GuardFailed(
          `Guard iam-deny can't be raised: role ${role} does not exist. Correct backstitch.config.ts and start a new recovery.`,
        );
      (policies.has(policyArn) ? attachedBefore : lacking).push(role);
    }
    const attachingSince = deps.now().toISOString();
    await saved.saveOnce(subject, { policyArn, attachedBefore, ours: lacking, attachingSince, raises: 0 }, deps);
    // A role that lost somebody else's attachment meanwhile gets ours.
    await saved.change(
      subject,
      (s) => ({ ...s, attachingSince, ours: [...new Set([...s.ours, ...lacking])], raises: s.raises + 1 }),
      deps,
    );
    for (const role of lacking) await attach(role, policyArn, deps);
    await saved.change(subject, ({ attachingSince: _done, ...attached }) => attached, deps);
  },

  async isUp(subject, deps) {
    const policyArn = policyArnOf(subject, deps);
    for (const role of rolesOf(subject, deps)) {
      const policies = await attachedPolicies(role, deps);
      if (!policies) return { up: false, instead: `role ${role} does not exist any more` };
      if (!policies.has(policyArn)) return { up: false, instead: `role ${role} does not have policy ${policyArn}` };
    }
    return { up: true };
  },

  async lower(subject, deps) {
    const state = await saved.load(subject, deps);
    if (!state) return undefined;
    const notes: string[] = [];
    for (const role of state.ours) {
      const wasAttached = await detach(role, state.policyArn, deps);
      // Kept in mind for the next call: the raise may still attach it.
      if (mayStillAttach(state, deps)) continue;
      if (!wasAttached) notes.push(`iam-deny: policy ${state.policyArn} was already off role ${role}.`);
      // One by one, so that a second call after a failure neither detaches again nor says so.
      await saved.change(
        subject,
        (s) => (s.raises === state.raises ? { ...s, ours: s.ours.filter((other) => other !== role) } : s),
        deps,
      );
    }
    for (const role of state.attachedBefore)
      notes.push(`iam-deny: role ${role} had the deny policy before this recovery; it was left there.`);
    return { notes };
  },

  async thaw() {
    throw new GuardFailed(`Tenants can't be thawed: ${WHOLE_TABLE_ONLY}.`);
  },
};

function mayStillAttach({ attachingSince }: SavedAttachments, { now }: Dependencies): boolean {
  return attachingSince !== undefined && now().getTime() - Date.parse(attachingSince) < ATTACHES_WITHIN_MS;
}

function policyArnOf({ table }: GuardSubject, { environment }: Dependencies): string {
  return `${environment.DENY_POLICY_ARN_PREFIX}${table.tableName}`;
}

/** The probe role is covered like an application role: that is what makes its denial a proof. */
function rolesOf({ table }: GuardSubject, { environment }: Dependencies): string[] {
  return [...new Set([...table.applicationRoleArns, environment.IAM_DENY_PROBE_ROLE_ARN])];
}

async function problemsOfRoles(subject: GuardSubject, deps: Dependencies): Promise<GuardProblem[]> {
  const problems: GuardProblem[] = [];
  const policyArn = policyArnOf(subject, deps);
  const quota = await attachmentQuota(deps);
  const { applicationRoleArns } = subject.table;
  for (const role of applicationRoleArns) {
    const path = await rolePath(role, deps);
    if (path === undefined)
      problems.push({ problem: `role ${role} does not exist`, remedy: "correct its ARN in backstitch.config.ts" });
    else if (path.startsWith("/aws-service-role/") || path.startsWith("/aws-reserved/"))
      problems.push({
        problem: `role ${role} belongs to AWS (path ${path}), which lets nobody attach a policy to it`,
        remedy: "take it out of applicationRoleArns and rely on the guard table-policy",
      });
    else problems.push(...(await problemsOfQuota(role, policyArn, quota, deps)));
  }
  const probeRole = deps.environment.IAM_DENY_PROBE_ROLE_ARN;
  const onProbe = await attachedPolicies(probeRole, deps);
  if (!onProbe) problems.push({ problem: `probe role ${probeRole} does not exist`, remedy: "deploy again" });
  else if (onProbe.has(policyArn))
    problems.push({
      problem: `probe role ${probeRole} already has the deny policy, which an earlier recovery left there: a denial would prove nothing`,
      remedy: "lift the read-only mode of that recovery first",
    });
  else problems.push(...(await problemsOfQuota(probeRole, policyArn, quota, deps, onProbe)));
  return problems;
}

async function problemsOfQuota(
  role: string,
  policyArn: string,
  quota: number,
  deps: Dependencies,
  known?: ReadonlySet<string>,
): Promise<GuardProblem[]> {
  const policies = known ?? (await attachedPolicies(role, deps)) ?? new Set<string>();
  if (policies.has(policyArn) || policies.size < quota) return [];
  return [
    {
      problem: `role ${role} has ${policies.size} managed policies, and the account allows ${quota}: the deny policy does not fit`,
      remedy: 'detach one, or raise the quota "Managed policies attached to an IAM role"',
    },
  ];
}
