import { type Conditions, PolicyStatement } from "aws-cdk-lib/aws-iam";

/** One statement of a role, and why the role has it. */
export interface Permission {
  readonly reason: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Conditions;
  /** Why a resource can't be named more exactly; needed for each `*`. */
  readonly wildcard?: string;
}

/** The reason of a wildcard that no one can avoid. */
export const NO_RESOURCE = "The service knows no resource for these actions.";

/** A permission has a wildcard that nobody explained. */
export class UnexplainedWildcard extends Error {
  override readonly name = "UnexplainedWildcard";
}

/** The statements of permissions; none for one without resources, since a deployment may not use that guard or hook. */
export function toStatements(permissions: readonly Permission[]): PolicyStatement[] {
  return permissions.filter(({ resources }) => resources.length > 0).map(toStatement);
}

function toStatement({ reason, actions, resources, conditions, wildcard }: Permission): PolicyStatement {
  if (!wildcard && [...actions, ...resources].some((part) => part.includes("*")))
    throw new UnexplainedWildcard(
      `The permission "${reason}" has a wildcard: name the resource, or say in \`wildcard\` why that can't be done.`,
    );
  return new PolicyStatement({
    actions: [...actions],
    resources: [...resources],
    ...(conditions ? { conditions } : {}),
  });
}
