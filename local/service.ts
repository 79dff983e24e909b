/** What a service of the pocket AWS is, and what the gateway hands to it. */

/** Who signed a request, as IAM sees it. */
export interface Caller {
  readonly accountId: string;
  /** `root` may do everything (the deployer and the operator of the machine); `service` is AWS itself, past IAM. */
  readonly kind: "root" | "user" | "role" | "service";
  /** Full ARN of the caller; for a role the assumed-role session: `arn:aws:sts::<account>:assumed-role/<name>/<session>`. */
  readonly arn: string;
  /** What `aws:PrincipalArn` holds: for a role session the ARN of the role itself. */
  readonly principalArn: string;
  /** The access key id that the request was signed with. */
  readonly accessKeyId: string;
}

export interface ApiRequest {
  readonly method: string;
  /** Path without the query string, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly caller: Caller;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One AWS service. `signingName` is the service in the SigV4 credential scope (`dynamodb`, `s3`, `states`, `iam`…). */
export interface Service {
  readonly signingName: string;
  handle(request: ApiRequest): Promise<ApiResponse>;
  /** Ends timers, workers and sockets; called once. */
  close?(): Promise<void>;
}

/** An error that a service answers with its AWS name and HTTP status; `details` are further members of the answer. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

/** What the pocket AWS does not know: always an error that names it, never a silent no-op. */
export class NotInPocketAwsError extends AwsError {
  constructor(what: string) {
    super("NotInPocketAws", `The pocket AWS does not know ${what}.`, 501);
  }
}

/** One parsed IAM policy document. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: readonly PolicyStatement[];
}
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly NotPrincipal?: never;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface AuthorizationRequest {
  readonly caller: Caller;
  /** As IAM names it: `dynamodb:PutItem`. */
  readonly action: string;
  readonly resource: string;
  /** Condition keys of this request, multivalued ones as arrays: `dynamodb:LeadingKeys`, `iam:PolicyARN`, `iam:PassedToService`… */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  /** The resource's own policy where it has one (table, bucket, topic). */
  readonly resourcePolicy?: PolicyDocument | undefined;
}

/** Decides from the caller's policies as they have propagated by now; throws `AccessDeniedException` as AWS words it. */
export interface Authorizer {
  authorize(request: AuthorizationRequest): void;
}

/** Identity that AWS services act under (`iam` creates them): keys for role sessions that Lambda and Step Functions get. */
export interface Sessions {
  /** New temporary credentials for a session of this role; the trust policy must name the service principal. */
  assumeRoleAsService(
    roleArn: string,
    servicePrincipal: string,
    sessionName: string,
  ): { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };
  callerOf(accessKeyId: string): Caller;
}
