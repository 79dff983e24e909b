import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { codeDirectories } from "../local/cloudformation/assets.ts";
import { synthesizedBackstitch } from "../local/synthesized-app.ts";

export interface BundleSize {
  readonly kb: number;
  readonly gzippedKb: number;
}

/** The minified bundle of every function of the synthesized template, and what is left of it when it is uploaded. */
export async function bundleSizes(): Promise<Record<string, BundleSize>> {
  const { template, assetsDirectory, stackName } = await synthesizedBackstitch();
  const codeDirectory = codeDirectories(assetsDirectory, stackName);
  const { Resources } = template as { readonly Resources: Readonly<Record<string, TemplateFunction>> };
  const functions = Object.values(Resources).filter(({ Type }) => Type === "AWS::Lambda::Function");
  return Object.fromEntries(
    functions
      .map(({ Properties }) => {
        const code = readFileSync(join(codeDirectory(Properties.Code.S3Key), "index.js"));
        return [Properties.FunctionName, { kb: code.length / 1024, gzippedKb: gzipSync(code).length / 1024 }] as const;
      })
      .sort(([, a], [, b]) => b.kb - a.kb),
  );
}

interface TemplateFunction {
  readonly Type: string;
  readonly Properties: { readonly FunctionName: string; readonly Code: { readonly S3Key: string } };
}
