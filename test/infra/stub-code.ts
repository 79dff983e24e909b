import { Code } from "aws-cdk-lib/aws-lambda";
import type { CodeOf } from "../../infra/recovery-functions.ts";

/** Stands in for the bundles: template tests ask what is deployed around the code, not for the code. */
export const stubCode: CodeOf = (name) => Code.fromInline(`exports.handler = async () => "${name}";`);
