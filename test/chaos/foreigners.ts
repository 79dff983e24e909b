/** People and tools who have nothing to do with us, and what is theirs beside every guard: it must stay as they left it. */
import { GetResourcePolicyCommand, PutResourcePolicyCommand } from "@aws-sdk/client-dynamodb";
import { AttachRolePolicyCommand, CreatePolicyCommand, DetachRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { FLAG_PARAMETER, type GuardedWorld, guardedWorld, tableArn } from "../scenarios/support/operator.ts";
import type { DeployedPocketAws } from "../support/deployed-pocket-aws.ts";

const FLAG = "tenant-of-others";
const BY_HAND = "by-hand";
const ELSE = "NotOursEither";

interface Statement {
  readonly Sid?: string;
}

export class Foreigners {
  readonly #stage: DeployedPocketAws;
  readonly #ssm: SSMClient;
  readonly #iam: IAMClient;
  readonly #role: string;
  readonly #policies: string[] = [];
  #before: GuardedWorld | undefined;
  /** Statements and tenants that must be there in the end; undefined: nobody touched them, so every byte must be. */
  #statements: readonly Statement[] | undefined;
  #tenants: readonly string[] | undefined;

  private constructor(stage: DeployedPocketAws) {
    this.#stage = stage;
    this.#ssm = new SSMClient(stage.aws.clientConfig());
    this.#iam = new IAMClient(stage.aws.clientConfig());
    this.#role = stage.applicationRoleArn.split("/").at(-1) ?? "";
  }

  static async settle(stage: DeployedPocketAws): Promise<Foreigners> {
    const foreigners = new Foreigners(stage);
    for (const PolicyName of ["of-others", "of-others-too"]) {
      const statement = { Effect: "Deny", Action: "dynamodb:DeleteTable", Resource: tableArn(stage) };
      const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
      const { Policy } = await foreigners.#iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
      foreigners.#policies.push(Policy?.Arn ?? "");
    }
    await foreigners.#attach(true, 0);
    await foreigners.restore();
    return foreigners;
  }

  /** What stands there when a run begins. */
  async begin(): Promise<GuardedWorld> {
    this.#before = await guardedWorld(this.#stage);
    this.#statements = undefined;
    this.#tenants = undefined;
    return this.#before;
  }

  /** Brings everything back to where it began, ours included: after a run that did not. */
  async restore(): Promise<void> {
    await this.#putFlag(FLAG);
    // Written by hand: with its own spaces, which have to be there still.
    await this.#putPolicy(JSON.stringify({ Version: "2012-10-17", Statement: [this.#statement("NotOurs")] }, null, 1));
  }

  /** Somebody takes a statement of theirs into the table's policy, or out of it, beside ours. */
  async editPolicy(): Promise<void> {
    const { Policy = "{}", RevisionId } = await this.#stage.dynamodb.send(
      new GetResourcePolicyCommand({ ResourceArn: tableArn(this.#stage) }),
    );
    const document = JSON.parse(Policy) as { Statement: readonly Statement[] };
    const without = document.Statement.filter(({ Sid }) => Sid !== ELSE);
    const Statement =
      without.length < document.Statement.length ? without : [...document.Statement, this.#statement(ELSE)];
    try {
      await this.#putPolicy(JSON.stringify({ ...document, Statement }), RevisionId);
      this.#statements = Statement.filter(({ Sid }) => !Sid?.startsWith("Backstitch"));
    } catch (error) {
      // We were quicker: they look again another day.
      if (!(error instanceof Error && error.name === "PolicyNotFoundException")) throw error;
    }
  }

  /** A deploy writes the policy that it knows, and ours is gone. */
  async overwritePolicy(): Promise<void> {
    await this.#putPolicy(JSON.stringify({ Version: "2012-10-17", Statement: [this.#statement("NotOurs")] }));
    this.#statements = [this.#statement("NotOurs")];
  }

  /** Somebody freezes or thaws a tenant of theirs in the flag. */
  async editFlag(): Promise<void> {
    const { Parameter } = await this.#ssm.send(new GetParameterCommand({ Name: FLAG_PARAMETER }));
    const tenants = (Parameter?.Value ?? "").split(",");
    // "all" is all: there is nothing that a person would add.
    if (tenants.includes("all")) return;
    const edited = tenants.includes(BY_HAND) ? tenants.filter((name) => name !== BY_HAND) : [...tenants, BY_HAND];
    await this.#putFlag(edited.join(","));
    this.#tenants = edited.includes(BY_HAND) ? [FLAG, BY_HAND] : [FLAG];
  }

  /** Somebody attaches another policy to the application's role, or detaches it. */
  async editRole(): Promise<void> {
    const policies = this.#before?.attachments[this.#role] ?? [];
    const isThere = policies.includes(this.#policies[1] ?? "");
    await this.#attach(!isThere, 1);
    const others = policies.filter((arn) => arn !== this.#policies[1]);
    const now = (isThere ? others : [...others, this.#policies[1] ?? ""]).sort();
    if (this.#before)
      this.#before = { ...this.#before, attachments: { ...this.#before.attachments, [this.#role]: now } };
  }

  /** What is not as they left it. */
  async missed(): Promise<string[]> {
    const now = await guardedWorld(this.#stage);
    const { tablePolicy, flag, attachments } = this.#before ?? now;
    const isSamePolicy = this.#statements
      ? same((JSON.parse(now.tablePolicy ?? "{}") as { Statement?: unknown }).Statement, this.#statements)
      : now.tablePolicy === tablePolicy;
    const isSameFlag = this.#tenants
      ? same([...(now.flag ?? "").split(",")].sort(), [...this.#tenants].sort())
      : now.flag === flag;
    return [
      ...(isSamePolicy ? [] : [`the table's policy is ${now.tablePolicy}`]),
      ...(isSameFlag ? [] : [`the flag is ${now.flag} instead of ${this.#tenants?.join(",") ?? flag}`]),
      ...(same(now.attachments, attachments) ? [] : [`attached is ${JSON.stringify(now.attachments)}`]),
    ];
  }

  close(): void {
    this.#ssm.destroy();
    this.#iam.destroy();
  }

  #statement(Sid: string) {
    const Resource = tableArn(this.#stage);
    return { Sid, Effect: "Deny", Principal: "*", Action: "dynamodb:DeleteTable", Resource };
  }

  async #putPolicy(Policy: string, ExpectedRevisionId?: string): Promise<void> {
    const ResourceArn = tableArn(this.#stage);
    const revision = ExpectedRevisionId === undefined ? {} : { ExpectedRevisionId };
    await this.#stage.dynamodb.send(new PutResourcePolicyCommand({ ResourceArn, Policy, ...revision }));
  }

  async #putFlag(Value: string): Promise<void> {
    await this.#ssm.send(new PutParameterCommand({ Name: FLAG_PARAMETER, Value, Overwrite: true }));
  }

  async #attach(isToBeThere: boolean, index: number): Promise<void> {
    const change = { RoleName: this.#role, PolicyArn: this.#policies[index] };
    if (isToBeThere) await this.#iam.send(new AttachRolePolicyCommand(change));
    else await this.#iam.send(new DetachRolePolicyCommand(change));
  }
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
