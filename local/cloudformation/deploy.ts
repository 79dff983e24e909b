import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { NotInPocketAwsError } from "../service.ts";
import { codeDirectories } from "./assets.ts";
import { dependenciesOf } from "./creation-order.ts";
import { TemplateError } from "./intrinsics.ts";
import type { CreatedResource, DeploymentTargets, ResourceContext } from "./resource-type.ts";
import { RESOURCE_TYPES, SKIPPED_TYPES } from "./resource-types.ts";
import { StackScope } from "./stack-scope.ts";
import { parseTemplate, type Template } from "./template.ts";

export interface StackSource {
  readonly template: unknown;
  /** The cloud assembly's directory, with `<stack>.assets.json`. */
  readonly assetsDirectory: string;
  readonly stackName: string;
  /** Where compiled code of the functions may be kept for the next deployment of the same assets. */
  readonly codeCacheDirectory?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface DeployedStack {
  readonly outputs: Readonly<Record<string, string>>;
  /** What `Ref` gives, by logical id. */
  readonly physicalIds: ReadonlyMap<string, string>;
}

/** A resource could not be made: names it; `cause` is what its service answered. What was made before it stays. */
export class ResourceCreationFailed extends Error {
  override readonly name = "ResourceCreationFailed";
}

/** Deploys templates, each stack once. Updates, rollbacks and deletions are not known here. */
export class CloudFormation {
  readonly #accountId: string;
  readonly #region: string;
  readonly #targets: DeploymentTargets;
  readonly #stackNames = new Set<string>();

  constructor(options: { accountId: string; region: string; targets: DeploymentTargets }) {
    this.#accountId = options.accountId;
    this.#region = options.region;
    this.#targets = options.targets;
  }

  /** Makes every resource of a template, each as soon as those that it needs are there. */
  async deploy(source: StackSource): Promise<DeployedStack> {
    const { stackName } = source;
    if (this.#stackNames.has(stackName))
      throw new NotInPocketAwsError(`updates of a stack: ${stackName} is deployed already. Start another pocket AWS`);
    const template = parseTemplate(source.template);
    refuseUnknownTypes(template);
    const dependencies = dependenciesOf(template);
    this.#stackNames.add(stackName);
    const stackId = `arn:aws:cloudformation:${this.#region}:${this.#accountId}:stack/${stackName}/${randomUUID()}`;
    const identity = { stackName, stackId, accountId: this.#accountId, region: this.#region };
    const scope = new StackScope(template, identity, source.parameters ?? {});
    const assets = {
      codeDirectory: codeDirectories(source.assetsDirectory, stackName),
      codeCacheFile: (objectKey: string) =>
        source.codeCacheDirectory === undefined ? undefined : join(source.codeCacheDirectory, `${objectKey}.v8`),
    };
    const making = new Map<string, Promise<void>>();
    const make = (logicalId: string): Promise<void> => {
      const started = making.get(logicalId);
      if (started) return started;
      const made = Promise.all([...(dependencies.get(logicalId) ?? [])].map(make)).then(() =>
        this.#create(template, scope, logicalId, stackName, assets),
      );
      making.set(logicalId, made);
      return made;
    };
    const results = await Promise.allSettled(Object.keys(template.Resources).map(make));
    for (const result of results) if (result.status === "rejected") throw result.reason;
    return {
      outputs: outputsOf(template, scope),
      physicalIds: new Map([...scope.created].map(([logicalId, { ref }]) => [logicalId, ref])),
    };
  }

  async #create(
    template: Template,
    scope: StackScope,
    logicalId: string,
    stackName: string,
    assets: Pick<ResourceContext, "codeDirectory" | "codeCacheFile">,
  ): Promise<void> {
    const resource = template.Resources[logicalId];
    const type = RESOURCE_TYPES.get(resource?.Type ?? "");
    if (!resource || !type || !scope.includes(resource)) return;
    const context: ResourceContext = {
      logicalId,
      accountId: this.#accountId,
      region: this.#region,
      targets: this.#targets,
      ...assets,
      generatedName: (maxLength) => generatedName(stackName, logicalId, maxLength),
    };
    scope.created.set(
      logicalId,
      await created(logicalId, type.type, () =>
        type.create(scope.resolve(resource.Properties) as Record<string, unknown>, context),
      ),
    );
  }
}

async function created(
  logicalId: string,
  type: string,
  create: () => Promise<CreatedResource>,
): Promise<CreatedResource> {
  try {
    return await create();
  } catch (cause) {
    if (cause instanceof NotInPocketAwsError || cause instanceof TemplateError) throw cause;
    const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new ResourceCreationFailed(`${logicalId} (${type}) could not be created: ${what}`, { cause });
  }
}

function refuseUnknownTypes(template: Template): void {
  for (const [logicalId, { Type }] of Object.entries(template.Resources))
    if (!RESOURCE_TYPES.has(Type) && !SKIPPED_TYPES.has(Type))
      throw new NotInPocketAwsError(`the resource type ${Type} of ${logicalId}`);
}

function outputsOf(template: Template, scope: StackScope): Record<string, string> {
  return Object.fromEntries(
    Object.entries(template.Outputs)
      .filter(([, output]) => scope.includes(output))
      .map(([name, { Value }]) => [name, String(scope.resolve(Value))]),
  );
}

/** On AWS the suffix is random; here it follows from the names, so that a run can be compared with another. */
function generatedName(stackName: string, logicalId: string, maxLength: number): string {
  const suffix = createHash("sha256").update(`${stackName}/${logicalId}`).digest("hex").slice(0, 12).toUpperCase();
  return `${`${stackName}-${logicalId}`.slice(0, maxLength - suffix.length - 1)}-${suffix}`;
}
