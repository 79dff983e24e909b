import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { TemplateError } from "./intrinsics.ts";

const Manifest = z.object({
  files: z
    .record(
      z.string(),
      z.object({
        source: z.object({ path: z.string() }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    )
    .default({}),
});

/** Finds the directory that `cdk deploy` would zip and upload under an object key, by the stack's asset manifest. */
export function codeDirectories(assetsDirectory: string, stackName: string): (objectKey: string) => string {
  const file = join(assetsDirectory, `${stackName}.assets.json`);
  const manifest = existsSync(file) ? Manifest.parse(JSON.parse(readFileSync(file, "utf8"))) : { files: {} };
  const paths = new Map(
    Object.values(manifest.files).flatMap(({ source, destinations }) =>
      Object.values(destinations).map(({ objectKey }) => [objectKey, join(assetsDirectory, source.path)] as const),
    ),
  );
  return (objectKey) => {
    const path = paths.get(objectKey);
    if (path === undefined || !existsSync(path))
      throw new TemplateError(`There is no asset ${objectKey} in ${file}: synthesize the app again.`);
    return path;
  };
}
