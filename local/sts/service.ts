import type { IamService } from "../iam/service.ts";
import { type QueryOperation, runQueryOperation } from "../protocols/query.ts";
import type { ApiRequest, ApiResponse, Service } from "../service.ts";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** Sessions of roles for callers, and who a caller is. */
export class StsService implements Service {
  readonly signingName = "sts";
  readonly #operations: Readonly<Record<string, QueryOperation>>;

  constructor({ iam, now = Date.now }: { readonly iam: IamService; readonly now?: () => number }) {
    this.#operations = {
      AssumeRole: {
        parameters: ["RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId"],
        run(input, { caller }) {
          const seconds = input.optionalNumber("DurationSeconds") ?? 3600;
          const [roleArn, sessionName] = [input.text("RoleArn"), input.text("RoleSessionName")];
          const session = iam.assumeRole(caller, roleArn, sessionName, input.optionalText("ExternalId"));
          return {
            Credentials: {
              AccessKeyId: session.accessKeyId,
              SecretAccessKey: session.secretAccessKey,
              SessionToken: session.sessionToken,
              Expiration: new Date(now() + seconds * 1000),
            },
            AssumedRoleUser: { AssumedRoleId: `${session.role.id}:${sessionName}`, Arn: session.caller.arn },
          };
        },
      },
      // Needs no permission on AWS either, even where a policy denies it.
      GetCallerIdentity: {
        parameters: [],
        run: (_input, { caller }) => ({ UserId: caller.accessKeyId, Account: caller.accountId, Arn: caller.arn }),
      },
    };
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return runQueryOperation("sts", NAMESPACE, this.#operations, request);
  }
}
