import type { Conditions } from "../conditions.ts";
import { runQueryOperation } from "../protocols/query.ts";
import {
  type ApiRequest,
  type ApiResponse,
  type AuthorizationRequest,
  type Authorizer,
  AwsError,
  type Caller,
  type Service,
  type Sessions,
} from "../service.ts";
import { accessDenied } from "./access-denied.ts";
import { AuthorizationLog } from "./authorization-log.ts";
import type { Credentials } from "./credentials.ts";
import { type Evaluation, evaluate } from "./evaluate.ts";
import { IamStore } from "./iam-store.ts";
import { policyOperations } from "./policy-operations.ts";
import { roleOperations } from "./role-operations.ts";
import type { Role } from "./roles.ts";
import { SessionStore } from "./sessions.ts";

const NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/";

export interface IamOptions {
  readonly accountId?: string;
  readonly conditions: Conditions;
  /** Milliseconds now; decides which policy changes have propagated. */
  readonly now?: () => number;
}

/** Roles, their policies, who holds which keys, and the decision on every request of the pocket AWS. */
export class IamService implements Service, Authorizer, Sessions {
  readonly signingName = "iam";
  readonly accountId: string;
  readonly authorizationLog = new AuthorizationLog();
  readonly #conditions: Conditions;
  readonly #now: () => number;
  readonly #store: IamStore;
  readonly #sessions: SessionStore;
  readonly #operations: ReturnType<typeof roleOperations>;

  constructor({ accountId = "111122223333", conditions, now = Date.now }: IamOptions) {
    this.accountId = accountId;
    this.#conditions = conditions;
    this.#now = now;
    this.#store = new IamStore(accountId);
    this.#sessions = new SessionStore(accountId, (role) => this.#store.roles.get(role.name) === role);
    const context = { store: this.#store, now, authorizer: this };
    this.#operations = { ...roleOperations(context), ...policyOperations(context) };
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return runQueryOperation("iam", NAMESPACE, this.#operations, request);
  }

  /** Root and AWS's own services pass; every other caller is judged by its policies as they are in force by now. */
  authorize(request: AuthorizationRequest): void {
    const { caller } = request;
    if (caller.kind === "root" || caller.kind === "service") {
      this.#record(request, { decision: "allowed" }, `(${caller.kind})`);
      return;
    }
    this.#demand(
      request,
      evaluate(request, {
        identityPolicies: this.#inForce(caller),
        resourcePolicy: request.resourcePolicy,
      }),
    );
  }

  /** Opens a session for a caller whom the role's trust policy and its own policies let in, as sts:AssumeRole does. */
  assumeRole(
    caller: Caller,
    roleArn: string,
    sessionName: string,
    externalId?: string,
  ): Required<Credentials> & { readonly caller: Caller; readonly role: Role } {
    const role = this.#store.roleByArn(roleArn);
    const request: AuthorizationRequest = {
      caller,
      action: "sts:AssumeRole",
      resource: roleArn,
      context: {
        "sts:RoleSessionName": sessionName,
        ...(externalId === undefined ? {} : { "sts:ExternalId": externalId }),
        ...(caller.kind === "service" ? { "aws:SourceAccount": this.accountId } : {}),
      },
    };
    // AWS lets no root user assume a role; here root is the operator, who may look through every role's eyes.
    if (caller.kind === "root") this.#record(request, { decision: "allowed" }, "(root)");
    else if (role === undefined) this.#demand(request, { decision: "implicitDeny" });
    else {
      const identityPolicies = caller.kind === "service" ? [] : this.#inForce(caller);
      this.#demand(request, evaluate(request, { identityPolicies, resourcePolicy: role.trust, isTrustPolicy: true }));
    }
    if (role === undefined) throw new AwsError("AccessDenied", `There is no role ${roleArn}.`, 403);
    return { ...this.#sessions.open(role, sessionName), role };
  }

  assumeRoleAsService(roleArn: string, servicePrincipal: string, sessionName: string): Required<Credentials> {
    const { accessKeyId, secretAccessKey, sessionToken } = this.assumeRole(
      this.serviceCaller(servicePrincipal),
      roleArn,
      // Execution names may be longer than the 64 characters of a session name.
      sessionName.slice(0, 64),
    );
    return { accessKeyId, secretAccessKey, sessionToken };
  }

  /** Keys for a session of any role, whatever its trust policy says: for tests, the demo and the operator. */
  createRoleCredentials(roleArn: string, sessionName: string): Required<Credentials> {
    const role = this.#store.roleByArn(roleArn);
    if (role === undefined) throw new AwsError("NoSuchEntity", `There is no role ${roleArn}.`, 404);
    const { accessKeyId, secretAccessKey, sessionToken } = this.#sessions.open(role, sessionName);
    return { accessKeyId, secretAccessKey, sessionToken };
  }

  callerOf(accessKeyId: string): Caller {
    return this.#sessions.callerOf(accessKeyId);
  }

  /** AWS itself acting, for example `events.amazonaws.com`. */
  serviceCaller(servicePrincipal: string): Caller {
    return {
      accountId: this.accountId,
      kind: "service",
      arn: servicePrincipal,
      principalArn: servicePrincipal,
      accessKeyId: "",
    };
  }

  #inForce(caller: Caller): ReturnType<Role["inForce"]> {
    const { iamPropagationMs, propagationFlicker, random } = this.#conditions;
    const early = propagationFlicker > 0 && random() < propagationFlicker;
    return this.#sessions.roleOf(caller.accessKeyId).inForce(this.#now(), iamPropagationMs, early);
  }

  #demand(request: AuthorizationRequest, evaluation: Evaluation): void {
    const { by } = evaluation;
    this.#record(request, evaluation, by === undefined ? undefined : `${by.policy}/${by.sid}`);
    if (evaluation.decision !== "allowed") throw accessDenied(request, evaluation);
  }

  #record({ caller, action, resource }: AuthorizationRequest, { decision }: Evaluation, by: string | undefined): void {
    this.authorizationLog.record({
      atMs: this.#now(),
      callerArn: caller.arn,
      principalArn: caller.principalArn,
      action,
      resource,
      decision,
      ...(by === undefined ? {} : { by }),
    });
  }
}
