import { pageOf, type QueryInput, type QueryOperation } from "../protocols/query.ts";
import type { XmlValue } from "../protocols/xml.ts";
import { type ApiRequest, AwsError } from "../service.ts";
import { type IamContext, type IamStore, uniqueId } from "./iam-store.ts";
import { createManagedPolicy, type ManagedPolicy } from "./managed-policies.ts";
import { ATTACHED_POLICIES_PER_ROLE_QUOTA, noSuchEntity } from "./roles.ts";

/** Operations on managed policies, and the account's quotas. */
export function policyOperations({ store, now, authorizer }: IamContext): Record<string, QueryOperation> {
  const authorize = (request: ApiRequest, action: string, resource: string): void => {
    authorizer.authorize({ caller: request.caller, action: `iam:${action}`, resource });
  };
  const allowedPolicy = (input: QueryInput, request: ApiRequest): ManagedPolicy => {
    const arn = input.text("PolicyArn");
    authorize(request, input.action, arn);
    return store.policy(arn);
  };

  return {
    CreatePolicy: {
      parameters: ["PolicyName", "Path", "PolicyDocument", "Description", "Tags"],
      run(input, request) {
        const name = input.text("PolicyName");
        const path = input.optionalText("Path") ?? "/";
        const arn = store.policyArn(path, name);
        authorize(request, "CreatePolicy", arn);
        if (store.policies.has(arn)) {
          throw new AwsError(
            "EntityAlreadyExists",
            `A policy called ${name} already exists. Duplicate names are not allowed.`,
            409,
          );
        }
        const policy = createManagedPolicy({
          name,
          path,
          arn,
          id: uniqueId("ANPA"),
          description: input.optionalText("Description"),
          text: input.text("PolicyDocument"),
          createdAt: new Date(now()),
          tags: new Map(input.structures("Tags").map(({ Key = "", Value = "" }) => [Key, Value])),
        });
        store.policies.set(arn, policy);
        return { Policy: policyXml(store, policy) };
      },
    },
    GetPolicy: {
      parameters: ["PolicyArn"],
      run: (input, request) => ({ Policy: policyXml(store, allowedPolicy(input, request)) }),
    },
    GetPolicyVersion: {
      parameters: ["PolicyArn", "VersionId"],
      run(input, request) {
        const policy = allowedPolicy(input, request);
        const version = input.text("VersionId");
        if (version !== "v1") throw noSuchEntity(`Policy ${policy.arn} version ${version} does not exist.`);
        const Document = encodeURIComponent(policy.text);
        return { PolicyVersion: { Document, VersionId: "v1", IsDefaultVersion: true, CreateDate: policy.createdAt } };
      },
    },
    DeletePolicy: {
      parameters: ["PolicyArn"],
      run(input, request) {
        const policy = allowedPolicy(input, request);
        if (store.attachmentsOf(policy.arn).length > 0) {
          throw new AwsError("DeleteConflict", "Cannot delete a policy attached to entities.", 409);
        }
        store.policies.delete(policy.arn);
        return undefined;
      },
    },
    ListEntitiesForPolicy: {
      parameters: ["PolicyArn", "MaxItems", "Marker"],
      run(input, request) {
        const { page, ...paging } = pageOf(input, store.attachmentsOf(allowedPolicy(input, request).arn));
        return {
          PolicyRoles: { member: page.map(({ name, id }) => ({ RoleName: name, RoleId: id })) },
          PolicyUsers: "",
          PolicyGroups: "",
          ...paging,
        };
      },
    },
    GetAccountSummary: {
      parameters: [],
      run(_input, request) {
        authorize(request, "GetAccountSummary", "*");
        const summary = {
          Roles: store.roles.size,
          Policies: store.policies.size,
          AttachedPoliciesPerRoleQuota: ATTACHED_POLICIES_PER_ROLE_QUOTA,
        };
        return { SummaryMap: { entry: Object.entries(summary).map(([key, value]) => ({ key, value })) } };
      },
    },
  };
}

function policyXml(store: IamStore, policy: ManagedPolicy): XmlValue {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: "v1",
    AttachmentCount: store.attachmentsOf(policy.arn).length,
    IsAttachable: true,
    Description: policy.description,
    CreateDate: policy.createdAt,
    UpdateDate: policy.createdAt,
    Tags: policy.tags.size === 0 ? undefined : { member: [...policy.tags].map(([Key, Value]) => ({ Key, Value })) },
  };
}
