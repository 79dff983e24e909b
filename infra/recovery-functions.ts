import { join } from "node:path";
import { Stage } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { bundleFunctions } from "./bundle-functions.ts";
import type { Permission } from "./permissions/permission.ts";
import { StepFunction } from "./step-function.ts";
import { type FunctionName, STEP_SETTINGS } from "./step-settings.ts";

/** Gives the code of each function; tests hand in a stub, so that they need no bundling. */
export type CodeOf = (name: FunctionName) => Code;

export interface RecoveryFunctionsProps {
  readonly nameOf: (name: FunctionName) => string;
  readonly environment: Readonly<Record<string, string>>;
  readonly permissions: Readonly<Record<FunctionName, readonly Permission[]>>;
  readonly logRetention: RetentionDays;
  /** @default bundles functions/*.ts */
  readonly codeOf?: CodeOf | undefined;
}

/** One function a step, and those that people and events call; each construct is called like its state. */
export class RecoveryFunctions extends Construct {
  readonly all: Readonly<Record<FunctionName, StepFunction>>;

  constructor(scope: Construct, id: string, props: RecoveryFunctionsProps) {
    super(scope, id);
    const names = Object.keys(STEP_SETTINGS) as FunctionName[];
    const codeOf = props.codeOf ?? this.#bundled(names);
    this.all = Object.fromEntries(
      names.map((name) => [
        name,
        new StepFunction(this, name, {
          ...STEP_SETTINGS[name],
          name: props.nameOf(name),
          code: codeOf(name),
          environment: props.environment,
          permissions: props.permissions[name],
          logRetention: props.logRetention,
        }),
      ]),
    ) as Record<FunctionName, StepFunction>;
  }

  #bundled(names: readonly FunctionName[]): CodeOf {
    const directoryOf = bundleFunctions(names, join(Stage.of(this)?.outdir ?? "cdk.out", "functions"));
    return (name) => Code.fromAsset(directoryOf(name));
  }
}
