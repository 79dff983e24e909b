import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { App } from "aws-cdk-lib";
import config from "../backstitch.config.ts";
import { BackstitchStack } from "./backstitch-stack.ts";
import type { CodeOf } from "./recovery-functions.ts";

export interface CreateAppProps {
  /** @default cdk.out, or where the CDK command says */
  readonly outdir?: string;
  /** Stands in for the bundled functions, in tests of the template. @default bundles functions/*.ts */
  readonly codeOf?: CodeOf;
}

/** The CDK app as it is deployed; the context of cdk.json is read here too, since only the CDK command reads it by itself. */
export function createApp({ outdir, codeOf }: CreateAppProps = {}): App {
  const cdkJson = JSON.parse(readFileSync(new URL("../cdk.json", import.meta.url), "utf8")) as {
    context: Record<string, unknown>;
  };
  const app = new App({ context: cdkJson.context, ...(outdir ? { outdir } : {}) });
  new BackstitchStack(app, "Backstitch", { ...config, ...(codeOf ? { codeOf } : {}) });
  return app;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) createApp().synth();
