import { type JsonInput, type JsonOperation, runJsonOperation } from "../protocols/json.ts";
import { type ApiRequest, type ApiResponse, type Authorizer, AwsError, type Service } from "../service.ts";
import { type Parameter, ParameterStore } from "./parameter-store.ts";

export interface SsmOptions {
  readonly accountId?: string;
  readonly region?: string;
  readonly authorizer: Authorizer;
  readonly now?: () => number;
}

/** Systems Manager's Parameter Store, as far as plain parameters go. */
export class SsmService implements Service {
  readonly signingName = "ssm";
  readonly #arnPrefix: string;
  readonly #authorizer: Authorizer;
  readonly #now: () => number;
  readonly #store = new ParameterStore();
  readonly #operations: Readonly<Record<string, JsonOperation>>;

  constructor({ accountId = "111122223333", region = "us-east-1", authorizer, now = Date.now }: SsmOptions) {
    this.#arnPrefix = `arn:aws:ssm:${region}:${accountId}:`;
    this.#authorizer = authorizer;
    this.#now = now;
    this.#operations = {
      PutParameter: {
        members: ["Name", "Value", "Type", "Overwrite", "Description", "Tier", "Tags", "AllowedPattern", "DataType"],
        run: (input, request) => this.#put(input, request),
      },
      GetParameter: {
        members: ["Name", "WithDecryption"],
        run: (input, request) => ({ Parameter: this.#shown(this.#allowed(input, request, input.text("Name"))) }),
      },
      GetParameters: {
        members: ["Names", "WithDecryption"],
        run: (input, request) => this.#getAll(input, request),
      },
      GetParametersByPath: {
        members: ["Path", "Recursive", "WithDecryption", "MaxResults", "NextToken"],
        run: (input, request) => this.#getByPath(input, request),
      },
      DescribeParameters: {
        members: ["MaxResults", "NextToken"],
        run: (input, request) => {
          this.#authorize(request, input.action, `${this.#arnPrefix}*`);
          const { page, NextToken } = pageOf(input, this.#store.all(), 50);
          return { Parameters: page.map((parameter) => this.#described(parameter)), NextToken };
        },
      },
      DeleteParameter: {
        members: ["Name"],
        run: (input, request) => {
          this.#store.delete(this.#allowed(input, request, input.text("Name")).name);
        },
      },
      AddTagsToResource: {
        members: ["ResourceType", "ResourceId", "Tags"],
        run: (input, request) => {
          const parameter = this.#allowed(input, request, input.text("ResourceId"));
          for (const { Key, Value } of input.objects("Tags")) parameter.tags.set(String(Key), String(Value));
        },
      },
      ListTagsForResource: {
        members: ["ResourceType", "ResourceId"],
        run: (input, request) => {
          const { tags } = this.#allowed(input, request, input.text("ResourceId"));
          return { TagList: [...tags].map(([Key, Value]) => ({ Key, Value })) };
        },
      },
    };
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return runJsonOperation("ssm", this.#operations, request);
  }

  #put(input: JsonInput, request: ApiRequest): unknown {
    const name = input.text("Name");
    this.#authorize(request, "PutParameter", this.#arn(name));
    const tier = input.optionalText("Tier") ?? "Standard";
    const dataType = input.optionalText("DataType") ?? "text";
    if (tier !== "Standard" || dataType !== "text") {
      throw new AwsError(
        "ValidationException",
        `The pocket AWS has Standard text parameters only, not ${tier} ${dataType}.`,
      );
    }
    const parameter = this.#store.put({
      name,
      value: input.text("Value"),
      type: input.optionalText("Type"),
      overwrite: input.optionalBoolean("Overwrite") ?? false,
      description: input.optionalText("Description"),
      allowedPattern: input.optionalText("AllowedPattern"),
      tags: (input.optionalObjects("Tags") ?? []).map(({ Key, Value }) => [String(Key), String(Value)] as const),
      modifiedAt: new Date(this.#now()),
      modifiedBy: request.caller.arn,
    });
    return { Version: parameter.version, Tier: "Standard" };
  }

  #getAll(input: JsonInput, request: ApiRequest): unknown {
    const names = input.texts("Names");
    for (const name of names) this.#authorize(request, "GetParameters", this.#arn(name));
    const known = names.filter((name) => this.#store.find(name) !== undefined);
    return {
      Parameters: known.map((name) => this.#shown(this.#store.get(name))),
      InvalidParameters: names.filter((name) => !known.includes(name)),
    };
  }

  #getByPath(input: JsonInput, request: ApiRequest): unknown {
    const path = input.text("Path");
    this.#authorize(request, "GetParametersByPath", this.#arn(path.replace(/\/$/, "")));
    const found = this.#store.byPath(path, input.optionalBoolean("Recursive") ?? false);
    const { page, NextToken } = pageOf(input, found, 10);
    return { Parameters: page.map((parameter) => this.#shown(parameter)), NextToken };
  }

  /** The parameter, once the caller may do this with it. */
  #allowed(input: JsonInput, request: ApiRequest, nameOrArn: string): Parameter {
    const name = nameOrArn.startsWith(this.#arnPrefix)
      ? nameOrArn.slice(`${this.#arnPrefix}parameter`.length)
      : nameOrArn;
    this.#authorize(request, input.action, this.#arn(name));
    return this.#store.get(name);
  }

  #authorize({ caller }: ApiRequest, action: string, resource: string): void {
    this.#authorizer.authorize({ caller, action: `ssm:${action}`, resource });
  }

  #arn(name: string): string {
    return `${this.#arnPrefix}parameter${name.startsWith("/") ? "" : "/"}${name}`;
  }

  #shown({ name, type, value, version, modifiedAt }: Parameter): unknown {
    const LastModifiedDate = modifiedAt.getTime() / 1000;
    return {
      Name: name,
      Type: type,
      Value: value,
      Version: version,
      LastModifiedDate,
      ARN: this.#arn(name),
      DataType: "text",
    };
  }

  #described({ name, type, version, modifiedAt, modifiedBy, description }: Parameter): unknown {
    return {
      Name: name,
      ARN: this.#arn(name),
      Type: type,
      Version: version,
      LastModifiedDate: modifiedAt.getTime() / 1000,
      LastModifiedUser: modifiedBy,
      Description: description,
      Tier: "Standard",
      DataType: "text",
    };
  }
}

function pageOf<Item>(
  input: JsonInput,
  items: readonly Item[],
  standard: number,
): { readonly page: readonly Item[]; readonly NextToken: string | undefined } {
  const start = Number(input.optionalText("NextToken") ?? 0);
  const end = start + (input.optionalNumber("MaxResults") ?? standard);
  return { page: items.slice(start, end), NextToken: end < items.length ? String(end) : undefined };
}
