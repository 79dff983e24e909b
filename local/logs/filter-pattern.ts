import { NotInPocketAwsError } from "../service.ts";

/** A filter of plain terms, all of which must occur (`ERROR "access denied"`); other patterns are an error that names them. */
export function filterPattern(pattern: string): (message: string) => boolean {
  const terms = [...pattern.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => {
    if (plain !== undefined && /^[-?{[%]|"/.test(plain))
      throw new NotInPocketAwsError(`the log filter pattern ${pattern}`);
    return quoted ?? plain ?? "";
  });
  return (message) => terms.every((term) => message.includes(term));
}
