import type { Dependencies } from "../runtime/dependencies.ts";
import { GuardFailed, TransientFailure } from "../runtime/errors.ts";
import { denyStatement, isOurs, SID_PREFIX, sidOf } from "./deny-statement.ts";
import type { Guard, GuardProblem, GuardSubject } from "./guard.ts";
import {
  emptyPolicy,
  formatPolicy,
  MAX_POLICY_BYTES,
  parsePolicy,
  type Statement,
  samePolicy,
  sameStatement,
  VERSION,
  withoutStatement,
  withStatement,
} from "./policy-document.ts";
import { changePolicy, documentOf, readPolicy, readPolicyIfThere, type StoredPolicy } from "./resource-policy.ts";
import { SavedState } from "./saved-state.ts";

interface SavedPolicy {
  /** The policy before the first raising, as it was written; null: there was none. */
  readonly before: string | null;
  /** What we put in, as it must still stand: a later deployment would build another one. */
  readonly statement: Statement;
  /** When we last set about putting it in; missing: it was taken out since. */
  readonly putAt?: string;
}

/**
 * "After a successful update, further updates are blocked for 15 seconds": so long after our own change nobody can have
 * taken the statement out, and a look that does not find it is one of GetResourcePolicy's late ones.
 */
const SHOWS_AFTER_MS = 20_000;

const saved = new SavedState<SavedPolicy>("table-policy");

/** A Deny statement in the table's own policy: it stops every principal that is not named in it, in every account. */
export const tablePolicy: Guard = {
  name: "table-policy",
  proof: { roleArn: ({ TABLE_POLICY_PROBE_ROLE_ARN }) => TABLE_POLICY_PROBE_ROLE_ARN, deniedBy: "resource-based" },

  async preflight(subject, deps) {
    if (!deps.environment.WRITING_ROLE_ARNS || !deps.environment.TABLE_POLICY_PROBE_ROLE_ARN)
      return [
        {
          problem: "this deployment names no writing roles or no probe role for table-policy",
          remedy: "deploy again with table-policy among the table's guards",
        },
      ];
    const policy = await readPolicy(subject, deps);
    return problemsOf(subject, policy, denyStatement(subject, deps.environment));
  },

  async raise(subject, deps) {
    const statement = denyStatement(subject, deps.environment);
    const first = await readPolicy(subject, deps);
    const [problem] = problemsOf(subject, first, statement).filter(({ leftOver }) => !leftOver);
    if (problem)
      throw new GuardFailed(`Guard table-policy can't be raised: ${problem.problem}. Remedy: ${problem.remedy}.`);
    const putAt = deps.now().toISOString();
    const state = await saved.saveOnce(subject, { before: first?.text ?? null, statement, putAt }, deps);
    if (state.putAt !== putAt || !sameStatement(state.statement, statement))
      await saved.change(subject, (s) => ({ ...s, statement, putAt }), deps);
    await changePolicy(subject, (document) => withStatement(document, statement, (s) => isOurs(s, statement)), deps);
  },

  async isUp(subject, deps) {
    const state = await saved.load(subject, deps);
    if (!state) return { up: false, instead: "this recovery put nothing into the table's policy" };
    const policy = await readPolicy(subject, deps);
    if (!policy) return { up: false, instead: "the table has no resource policy any more" };
    const sid = sidOf(subject.recoveryId);
    const document = parsePolicy(policy.text);
    const standing = document?.statements.find((s) => isOurs(s, state.statement));
    if (!standing)
      return {
        up: false,
        instead: `the table's policy (revision ${policy.revisionId}) has no statement "${sid}": it was overwritten`,
      };
    return sameStatement(standing, state.statement)
      ? { up: true }
      : { up: false, instead: `statement "${sid}" of the table's policy was changed (revision ${policy.revisionId})` };
  },

  async lower(subject, deps) {
    const state = await saved.load(subject, deps);
    if (!state) return undefined;
    const sid = sidOf(subject.recoveryId);
    const policy = await readPolicyIfThere(subject, deps);
    if (policy === "no table")
      return {
        notes: [`table-policy: table "${subject.table.tableName}" does not exist any more, and its policy with it.`],
      };
    const isOfUs = (statement: Statement) => isOurs(statement, state.statement);
    const document = policy ? documentOf(policy, subject) : emptyPolicy();
    const found = document.statements.find(isOfUs);
    const taken = document.statements.some((statement) => statement.Sid === sid && !isOfUs(statement))
      ? [
          `table-policy: somebody wrote another statement under the Sid "${sid}"; it is not ours and was left as it is: give it another Sid, since this recovery can't freeze again beside it.`,
        ]
      : [];
    if (!found && taken.length === 0 && state.putAt && deps.now().getTime() - Date.parse(state.putAt) < SHOWS_AFTER_MS)
      throw new TransientFailure(
        `Guard table-policy can't be lowered yet: statement "${sid}" was put in at ${state.putAt}, and does not show in the policy of table "${subject.table.tableName}" yet. Try again in ${SHOWS_AFTER_MS / 1000} s.`,
      );
    if (!found) {
      // Taken out by an earlier call, which said what there was to say.
      if (state.putAt === undefined) return { notes: taken };
      await forgetPut(subject, state, deps);
      const gone = `table-policy: statement "${sid}" was already gone; the policy was left as it is.`;
      return { notes: taken.length > 0 ? taken : [gone] };
    }
    const before = state.before === null ? emptyPolicy() : parsePolicy(state.before);
    const untouched = before !== undefined && samePolicy(withoutStatement(document, isOfUs), before);
    await changePolicy(subject, (now) => withoutStatement(now, isOfUs), deps, state.before);
    await forgetPut(subject, state, deps);
    return {
      notes: [
        ...taken,
        ...(sameStatement(found, state.statement)
          ? []
          : [
              `table-policy: somebody changed statement "${sid}" of this recovery meanwhile; it was taken out all the same.`,
            ]),
        ...(untouched
          ? []
          : [
              `table-policy: somebody changed the policy meanwhile; only statement "${sid}" was taken out, the rest stays.`,
            ]),
      ],
    };
  },

  async thaw(subject, thawed, deps) {
    const state = await saved.load(subject, deps);
    if (!state) return undefined;
    const sid = sidOf(subject.recoveryId);
    const policy = await readPolicy(subject, deps);
    if (!policy || !documentOf(policy, subject).statements.some((s) => isOurs(s, state.statement)))
      throw new GuardFailed(
        `Guard table-policy can't thaw ${thawed.length} tenants: statement "${sid}" is not in the table's policy any more. Freeze again first, or lift everything.`,
      );
    const statement = denyStatement(subject, deps.environment);
    await changePolicy(
      subject,
      (document) => withStatement(document, statement, (s) => isOurs(s, state.statement)),
      deps,
    );
    await saved.change(subject, (s) => ({ ...s, statement }), deps);
    return { notes: [] };
  },
};

/** The statement is out; unless a raise beside this call has put it in again. */
async function forgetPut(subject: GuardSubject, { putAt }: SavedPolicy, deps: Dependencies): Promise<void> {
  await saved.change(
    subject,
    (now) => {
      const { putAt: latest, ...rest } = now;
      return latest === putAt ? rest : now;
    },
    deps,
  );
}

function problemsOf(
  subject: GuardSubject,
  policy: StoredPolicy | undefined,
  statement: Statement,
): (GuardProblem & { readonly leftOver?: boolean })[] {
  const ours = JSON.stringify(statement);
  // "Policy documents allow only U+0009, U+000A, U+000D and U+0020 to U+00FF."
  if (/[^\t\n\r\x20-\xff]/.test(ours))
    return [
      {
        problem: "a tenant has characters beyond U+00FF, which no policy can hold",
        remedy: 'leave that tenant out, or freeze the whole table (leave "tenants" out)',
      },
    ];
  const document = policy ? parsePolicy(policy.text) : emptyPolicy();
  if (!document)
    return [
      {
        problem: `the resource policy of table "${subject.table.tableName}" is not a document with statements`,
        remedy: "correct it, or choose other guards",
      },
    ];
  const sid = sidOf(subject.recoveryId);
  const others = document.statements
    .map((s) => s.Sid)
    .filter((s) => typeof s === "string" && s.startsWith(SID_PREFIX) && s !== sid);
  if (others.length > 0)
    return [
      {
        problem: `the table's policy still has statement "${others.join('", "')}" of an earlier recovery, so a denial would prove nothing`,
        remedy: "lift the read-only mode of that recovery first",
        leftOver: true,
      },
    ];
  if (document.statements.some((s) => s.Sid === sid && !isOurs(s, statement)))
    return [
      {
        problem: `the table's policy has a statement "${sid}" that somebody else wrote under this recovery's Sid`,
        remedy: "give it another Sid",
      },
    ];
  const usesVariables = subject.tenants !== undefined && /\$\{[*?$]\}/.test(ours);
  if (usesVariables && document.rest.Version !== VERSION)
    return [
      {
        problem: `a tenant holds *, ? or \${, and the table's policy has Version ${JSON.stringify(document.rest.Version ?? "2008-10-17")}, which can't say them`,
        remedy: `bring the policy to Version ${VERSION}, or leave that tenant out`,
      },
    ];
  const bytes = Buffer.byteLength(formatPolicy(withStatement(document, statement, (s) => isOurs(s, statement))));
  return bytes <= MAX_POLICY_BYTES
    ? []
    : [
        {
          problem: `the table's policy would have ${bytes} bytes, and ${MAX_POLICY_BYTES} are allowed`,
          remedy: "freeze fewer tenants or the whole table, or shorten the policy",
        },
      ];
}
