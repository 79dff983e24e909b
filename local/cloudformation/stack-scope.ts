import { NotInPocketAwsError } from "../service.ts";
import { evaluateCondition, NO_VALUE, resolve, type Scope, TemplateError } from "./intrinsics.ts";
import type { CreatedResource } from "./resource-type.ts";
import type { Template } from "./template.ts";

export interface StackIdentity {
  readonly stackName: string;
  readonly stackId: string;
  readonly accountId: string;
  readonly region: string;
}

/** What the expressions of one stack can see: its parameters, conditions, mappings, and the resources made so far. */
export class StackScope implements Scope {
  readonly created = new Map<string, CreatedResource>();
  readonly #template: Template;
  readonly #parameters: Readonly<Record<string, string>>;
  readonly #pseudo: Readonly<Record<string, unknown>>;

  constructor(template: Template, identity: StackIdentity, parameters: Readonly<Record<string, string>>) {
    this.#template = template;
    this.#parameters = parameters;
    this.#pseudo = {
      "AWS::AccountId": identity.accountId,
      "AWS::Region": identity.region,
      "AWS::Partition": "aws",
      "AWS::URLSuffix": "amazonaws.com",
      "AWS::StackName": identity.stackName,
      "AWS::StackId": identity.stackId,
      "AWS::NoValue": NO_VALUE,
    };
    for (const name of Object.keys(parameters))
      if (!Object.hasOwn(template.Parameters, name))
        throw new TemplateError(`The template has no parameter ${name}; it has ${this.#parameterNames()}.`);
  }

  ref(name: string): unknown {
    if (Object.hasOwn(this.#pseudo, name)) return this.#pseudo[name];
    const parameter = this.#template.Parameters[name];
    if (parameter) return this.#parameter(name, parameter);
    return this.#resource(name).ref;
  }

  attribute(logicalId: string, name: string): unknown {
    const value = this.#resource(logicalId).attributes?.[name];
    if (value !== undefined) return value;
    const type = this.#template.Resources[logicalId]?.Type;
    throw new NotInPocketAwsError(`the attribute ${name} of ${logicalId} (${type})`);
  }

  condition(name: string): boolean {
    if (!Object.hasOwn(this.#template.Conditions, name))
      throw new TemplateError(`The template has no condition ${name}.`);
    return evaluateCondition(this.#template.Conditions[name], this);
  }

  mapping(map: string, key: string, name: string): unknown {
    const value = this.#template.Mappings[map]?.[key]?.[name];
    if (value === undefined) throw new TemplateError(`The mapping ${map} has no ${key}.${name}.`);
    return value;
  }

  /** Whether a resource or output is in the stack at all. */
  includes(part: { readonly Condition?: string | undefined }): boolean {
    return part.Condition === undefined || this.condition(part.Condition);
  }

  resolve(value: unknown): unknown {
    return resolve(value, this);
  }

  #parameter(name: string, { Type, Default }: { Type: string; Default?: string | undefined }): unknown {
    const value = this.#parameters[name] ?? Default;
    if (Type !== "String" && Type !== "Number" && Type !== "CommaDelimitedList")
      throw new NotInPocketAwsError(`parameters of type ${Type}, such as ${name}`);
    if (value === undefined) throw new TemplateError(`The parameter ${name} needs a value.`);
    return Type === "CommaDelimitedList" ? value.split(",").map((part) => part.trim()) : value;
  }

  #resource(logicalId: string): CreatedResource {
    const resource = this.created.get(logicalId);
    if (!resource) throw new TemplateError(`${logicalId} is referred to and is not in the stack.`);
    return resource;
  }

  #parameterNames(): string {
    return Object.keys(this.#template.Parameters).join(", ") || "none";
  }
}
