import { show } from "../request/show.ts";
import type { Dependencies } from "../runtime/dependencies.ts";
import { GuardFailed } from "../runtime/errors.ts";
import { type Claims, FLAGS, type FlagLedger, isUnfinished } from "./flag-ledger.ts";
import { changeClaims, type Flag, readFlag } from "./flag-parameter.ts";
import { covers, type FlagScope, isTenantEntry, MAX_FLAG_BYTES, parseFlag } from "./flag-value.ts";
import type { Guard, GuardProblem, GuardSubject } from "./guard.ts";
import { SavedState } from "./saved-state.ts";

interface SavedFlag {
  readonly parameter: string;
  readonly before: string;
  readonly scope: FlagScope;
}

const saved = new SavedState<SavedFlag>("ssm-flag");

/** The parameter that the application checks before it writes. Only the application can tell whether it obeys. */
export const ssmFlag: Guard = {
  name: "ssm-flag",

  async preflight(subject, deps) {
    const name = subject.table.flagParameter;
    if (!name)
      return [
        {
          problem: `table "${subject.table.tableName}" has no flagParameter`,
          remedy: "name the parameter that the application checks, in backstitch.config.ts",
        },
      ];
    const flag = await readFlag(name, deps);
    return flag ? problemsOf(name, flag, subject) : [missing(name)];
  },

  async raise(subject, deps) {
    const parameter = parameterOf(subject);
    const flag = await readFlag(parameter, deps);
    const [problem] = flag ? problemsOf(parameter, flag, subject) : [missing(parameter)];
    if (!flag || problem)
      throw new GuardFailed(`Guard ssm-flag can't be raised: ${problem?.problem}. Remedy: ${problem?.remedy}.`);
    const scope = scopeOf(subject);
    await saved.saveOnce(subject, { parameter, before: flag.value, scope }, deps);
    await changeClaims(parameter, (claims) => ({ ...claims, [subject.recoveryId]: scope }), deps);
  },

  async isUp(subject, deps) {
    const parameter = parameterOf(subject);
    const ledger = await deps.recoveries.get<FlagLedger>(FLAGS, parameter);
    const claim = ledger?.claims[subject.recoveryId];
    if (!claim) return { up: false, instead: `this recovery claims nothing in parameter "${parameter}"` };
    const flag = await readFlag(parameter, deps);
    const scope = flag && parseFlag(flag.value);
    if (scope && covers(scope, claim)) return { up: true };
    const holds = flag ? `holds ${describe(flag.value)}` : "does not exist any more";
    return { up: false, instead: `parameter "${parameter}" ${holds}, which does not cover what was frozen` };
  },

  async lower(subject, deps) {
    const state = await saved.load(subject, deps);
    if (!state) return undefined;
    return release(state.parameter, subject.recoveryId, undefined, deps);
  },

  async thaw(subject, _thawed, deps) {
    const state = await saved.load(subject, deps);
    if (!state) return undefined;
    return release(state.parameter, subject.recoveryId, scopeOf(subject), deps);
  },
};

function parameterOf({ table }: GuardSubject): string {
  if (table.flagParameter) return table.flagParameter;
  throw new GuardFailed(
    `Guard ssm-flag of table "${table.tableName}" has no flagParameter: name it in backstitch.config.ts.`,
  );
}

function scopeOf({ tenants }: GuardSubject): FlagScope {
  return tenants ?? "all";
}

function missing(name: string): GuardProblem {
  return {
    problem: `parameter "${name}" does not exist`,
    remedy: `create it with the value "none" (aws ssm put-parameter --name ${name} --type String --value none)`,
  };
}

function problemsOf(name: string, flag: Flag, { tenants = [] }: GuardSubject): GuardProblem[] {
  if (flag.type === "SecureString")
    return [
      {
        problem: `parameter "${name}" is a SecureString`,
        remedy: "a flag is no secret: make it a String or StringList",
      },
    ];
  const scope = parseFlag(flag.value);
  if (!scope)
    return [
      {
        problem: `parameter "${name}" holds ${describe(flag.value)}, which is neither "none" nor "all" nor tenants separated by commas`,
        remedy: 'set it to one of them ("none" where nothing is frozen)',
      },
    ];
  const odd = tenants.find((tenant) => !isTenantEntry(tenant));
  if (odd !== undefined)
    return [
      {
        problem: `tenant ${show(odd)} can't stand in a list separated by commas`,
        remedy: "leave it out, or choose other guards",
      },
    ];
  const bytes = Buffer.byteLength([...(scope === "all" ? [] : scope), ...tenants].join(","));
  return bytes <= MAX_FLAG_BYTES
    ? []
    : [
        {
          problem: `parameter "${name}" would have ${bytes} bytes with these tenants, and holds ${MAX_FLAG_BYTES}`,
          remedy: 'freeze fewer tenants, or the whole table (leave "tenants" out)',
        },
      ];
}

function describe(value: string): string {
  return value.length > 60 ? `a text of ${value.length} characters` : JSON.stringify(value);
}

async function release(parameter: string, recoveryId: string, rest: FlagScope | undefined, deps: Dependencies) {
  const ledger = await deps.recoveries.get<FlagLedger>(FLAGS, parameter);
  const claim = ledger?.claims[recoveryId];
  if (!ledger) return { notes: [] };
  if (!claim) {
    // Released by an earlier try, which a kill or a refusal kept from writing the parameter.
    const isPending = isUnfinished(ledger) && (await readFlag(parameter, deps)) !== undefined;
    if (isPending) await changeClaims(parameter, (claims) => claims, deps);
    return { notes: [] };
  }
  const without = ({ [recoveryId]: _released, ...others }: Claims): Claims =>
    rest === undefined ? others : { ...others, [recoveryId]: rest };
  const flag = await readFlag(parameter, deps);
  if (!flag) {
    await deps.recoveries.update<FlagLedger>(FLAGS, parameter, (stored) => ({
      ...(stored ?? ledger),
      claims: without((stored ?? ledger).claims),
    }));
    return { notes: [`ssm-flag: parameter "${parameter}" was deleted meanwhile; it was not made again.`] };
  }
  const scope = parseFlag(flag.value);
  const notes: string[] = [];
  if (!scope) {
    // Nobody can take entries out of a text that is no list: a person must see to it.
    throw new GuardFailed(
      `Guard ssm-flag can't be lowered: parameter "${parameter}" holds ${describe(flag.value)}, which is no flag. Set it to what should stay frozen ("none" for nothing) and lift again.`,
    );
  }
  if (!covers(scope, claim))
    notes.push(
      `ssm-flag: somebody changed parameter "${parameter}" meanwhile (to ${describe(flag.value)}); what was not ours stays.`,
    );
  const after = await changeClaims(parameter, without, deps);
  if (after === "all" && rest === undefined)
    notes.push(`ssm-flag: parameter "${parameter}" stays "all": it was so before, or another recovery needs it.`);
  return { notes };
}
