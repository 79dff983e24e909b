import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { createApp } from "../../infra/app.ts";
import { stubCode } from "./stub-code.ts";

const cdkJson = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8")) as {
  context: Record<string, unknown>;
};

test("cdk.json sets every feature flag that this version of the CDK recommends", () => {
  const flags = createRequire(import.meta.url)("aws-cdk-lib/recommended-feature-flags.json") as Record<string, unknown>;

  expect(cdkJson.context).toMatchObject(flags);
});

test("an app that is made in process has the same context as the CDK command gives", () => {
  const app = createApp({ codeOf: stubCode });

  for (const [name, value] of Object.entries(cdkJson.context)) expect(app.node.tryGetContext(name)).toEqual(value);
});

test("the stack names no account and no Region: it deploys wherever the credentials point", () => {
  const stack = createApp({ codeOf: stubCode }).synth().getStackByName("Backstitch");

  expect(stack.environment).toMatchObject({ account: "unknown-account", region: "unknown-region" });
});
