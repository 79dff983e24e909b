import type { QueryInput, QueryOperation } from "../protocols/query.ts";
import { pageOf } from "../protocols/query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import { type ApiRequest, AwsError } from "../service.ts";
import { type IamContext, uniqueId } from "./iam-store.ts";
import { type Change, noSuchEntity, Role } from "./roles.ts";

/** Operations on roles, their trust, inline policies and attachments. */
export function roleOperations({ store, now, authorizer }: IamContext): Record<string, QueryOperation> {
  const authorize = (request: ApiRequest, action: string, resource: string, policyArn?: string): void => {
    const context = policyArn === undefined ? {} : { "iam:PolicyARN": policyArn };
    authorizer.authorize({ caller: request.caller, action: `iam:${action}`, resource, context });
  };
  /** Authorises on the ARN that the role has, or would have, so that a caller without permission learns nothing. */
  const allowedRole = (input: QueryInput, request: ApiRequest, policyArn?: string): Role => {
    const name = input.text("RoleName");
    authorize(request, input.action, store.roles.get(name)?.arn ?? store.roleArn("/", name), policyArn);
    return store.role(name);
  };
  const change = (request: ApiRequest): Change => ({ byRoot: request.caller.kind === "root", atMs: now() });

  return {
    CreateRole: {
      parameters: ["RoleName", "Path", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Tags"],
      run(input, request) {
        const name = input.text("RoleName");
        const path = input.optionalText("Path") ?? "/";
        const arn = store.roleArn(path, name);
        authorize(request, "CreateRole", arn);
        if (!/^[\w+=,.@-]{1,64}$/.test(name))
          throw new AwsError("ValidationError", `The role name ${name} is not valid.`);
        if (store.roles.has(name))
          throw new AwsError("EntityAlreadyExists", `Role with name ${name} already exists.`, 409);
        const role = new Role({
          name,
          path,
          arn,
          id: uniqueId("AROA"),
          createdAt: new Date(now()),
          description: input.optionalText("Description"),
          maxSessionSeconds: input.optionalNumber("MaxSessionDuration") ?? 3600,
          trustText: input.text("AssumeRolePolicyDocument"),
        });
        for (const { Key = "", Value = "" } of input.structures("Tags")) role.tags.set(Key, Value);
        store.roles.set(name, role);
        return { Role: roleXml(role) };
      },
    },
    GetRole: {
      parameters: ["RoleName"],
      run: (input, request) => ({ Role: roleXml(allowedRole(input, request)) }),
    },
    DeleteRole: {
      parameters: ["RoleName"],
      run(input, request) {
        const role = allowedRole(input, request);
        if (role.inline.size > 0) throw conflict("Cannot delete entity, must delete policies first.");
        if (role.attached.size > 0) throw conflict("Cannot delete entity, must detach all policies first.");
        store.roles.delete(role.name);
        return undefined;
      },
    },
    ListRoles: {
      parameters: ["PathPrefix", "MaxItems", "Marker"],
      run(input, request) {
        const prefix = input.optionalText("PathPrefix") ?? "/";
        authorize(request, "ListRoles", store.roleArn(prefix, ""));
        const roles = [...store.roles.values()].filter((role) => role.path.startsWith(prefix));
        const { page, ...paging } = pageOf(input, roles);
        return { Roles: { member: page.map(roleXml) }, ...paging };
      },
    },
    UpdateAssumeRolePolicy: {
      parameters: ["RoleName", "PolicyDocument"],
      run(input, request) {
        allowedRole(input, request).changeTrust(input.text("PolicyDocument"));
        return undefined;
      },
    },
    TagRole: {
      parameters: ["RoleName", "Tags"],
      run(input, request) {
        const role = allowedRole(input, request);
        for (const { Key = "", Value = "" } of input.structures("Tags")) role.tags.set(Key, Value);
        return undefined;
      },
    },
    ListRoleTags: {
      parameters: ["RoleName", "MaxItems", "Marker"],
      run(input, request) {
        const { page, ...paging } = pageOf(input, [...allowedRole(input, request).tags]);
        return { Tags: { member: page.map(([Key, Value]) => ({ Key, Value })) }, ...paging };
      },
    },
    PutRolePolicy: {
      parameters: ["RoleName", "PolicyName", "PolicyDocument"],
      run(input, request) {
        const role = allowedRole(input, request);
        role.putInline(input.text("PolicyName"), input.text("PolicyDocument"), change(request));
        return undefined;
      },
    },
    GetRolePolicy: {
      parameters: ["RoleName", "PolicyName"],
      run(input, request) {
        const role = allowedRole(input, request);
        const name = input.text("PolicyName");
        const policy = role.inline.get(name);
        if (policy === undefined) throw noSuchEntity(`The role policy with name ${name} cannot be found.`);
        return { RoleName: role.name, PolicyName: name, PolicyDocument: encodeURIComponent(policy.text) };
      },
    },
    DeleteRolePolicy: {
      parameters: ["RoleName", "PolicyName"],
      run(input, request) {
        allowedRole(input, request).deleteInline(input.text("PolicyName"), change(request));
        return undefined;
      },
    },
    ListRolePolicies: {
      parameters: ["RoleName", "MaxItems", "Marker"],
      run(input, request) {
        const { page, ...paging } = pageOf(input, [...allowedRole(input, request).inline.keys()]);
        return { PolicyNames: { member: page }, ...paging };
      },
    },
    AttachRolePolicy: {
      parameters: ["RoleName", "PolicyArn"],
      run(input, request) {
        const policyArn = input.text("PolicyArn");
        allowedRole(input, request, policyArn).attach(store.policy(policyArn), change(request));
        return undefined;
      },
    },
    DetachRolePolicy: {
      parameters: ["RoleName", "PolicyArn"],
      run(input, request) {
        const policyArn = input.text("PolicyArn");
        allowedRole(input, request, policyArn).detach(policyArn, change(request));
        return undefined;
      },
    },
    ListAttachedRolePolicies: {
      parameters: ["RoleName", "PathPrefix", "MaxItems", "Marker"],
      run(input, request) {
        const prefix = input.optionalText("PathPrefix") ?? "/";
        const policies = [...allowedRole(input, request).attached.values()].filter(({ path }) =>
          path.startsWith(prefix),
        );
        const { page, ...paging } = pageOf(input, policies);
        return {
          AttachedPolicies: { member: page.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })) },
          ...paging,
        };
      },
    },
  };
}

function roleXml(role: Role): XmlValue {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodeURIComponent(role.trustText),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
    Tags: role.tags.size === 0 ? undefined : { member: [...role.tags].map(([Key, Value]) => ({ Key, Value })) },
  };
}

function conflict(message: string): AwsError {
  return new AwsError("DeleteConflict", message, 409);
}
