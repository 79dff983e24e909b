import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { expect, test } from "vitest";
import { createApp } from "../../infra/app.ts";
import { stubCode } from "./stub-code.ts";

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly { readonly ruleName: string; readonly violatingConstructs?: unknown }[];
  }[];
}

test("the template breaks no AwsSolutions rule that is not acknowledged with its reason", () => {
  const outdir = mkdtempSync(join(tmpdir(), "backstitch-nag-"));
  const app = createApp({ outdir, codeOf: stubCode });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

  try {
    app.synth();
    const report = JSON.parse(readFileSync(join(outdir, "validation-report.json"), "utf8")) as Report;
    expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
  } finally {
    rmSync(outdir, { recursive: true });
  }
});
