import { randomBytes } from "node:crypto";
import { AwsError, type Caller } from "../service.ts";
import { type Credentials, ROOT_CREDENTIALS } from "./credentials.ts";
import type { Role } from "./roles.ts";

/** Keys handed out, and whom each stands for. Sessions do not expire here: the longest run is far shorter than theirs. */
export class SessionStore {
  readonly #accountId: string;
  readonly #sessions = new Map<string, { readonly caller: Caller; readonly role: Role }>();
  readonly #root: Caller;
  readonly #exists: (role: Role) => boolean;

  constructor(accountId: string, exists: (role: Role) => boolean) {
    this.#accountId = accountId;
    this.#exists = exists;
    const arn = `arn:aws:iam::${accountId}:root`;
    this.#root = { accountId, kind: "root", arn, principalArn: arn, accessKeyId: ROOT_CREDENTIALS.accessKeyId };
  }

  open(role: Role, sessionName: string): Required<Credentials> & { readonly caller: Caller } {
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
      throw new AwsError(
        "ValidationError",
        `The role session name "${sessionName}" is not 2 to 64 of [A-Za-z0-9_+=,.@-].`,
      );
    }
    const accessKeyId = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
    const caller: Caller = {
      accountId: this.#accountId,
      kind: "role",
      arn: `arn:aws:sts::${this.#accountId}:assumed-role/${role.name}/${sessionName}`,
      principalArn: role.arn,
      accessKeyId,
    };
    role.assumed = true;
    this.#sessions.set(accessKeyId, { caller, role });
    return { accessKeyId, secretAccessKey: "not-verified", sessionToken: `session-of-${role.name}`, caller };
  }

  /** Who holds this key; a key that was never given, or of a deleted role, is an error that names it. */
  callerOf(accessKeyId: string): Caller {
    return accessKeyId === ROOT_CREDENTIALS.accessKeyId ? this.#root : this.#session(accessKeyId).caller;
  }

  roleOf(accessKeyId: string): Role {
    return this.#session(accessKeyId).role;
  }

  #session(accessKeyId: string): { readonly caller: Caller; readonly role: Role } {
    const session = this.#sessions.get(accessKeyId);
    if (session === undefined || !this.#exists(session.role)) {
      throw new AwsError(
        "UnrecognizedClientException",
        `The security token included in the request is invalid: nobody holds the key ${accessKeyId}.`,
        403,
      );
    }
    return session;
  }
}
