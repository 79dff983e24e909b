/** The service behind the real gateway, called by the real client. */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { Gateway } from "../../../../local/gateway.ts";
import { Fixture, REGION, ROLE, ROOT } from "../fixture.ts";

export const text = (definition: object) => JSON.stringify({ QueryLanguage: "JSONata", ...definition });

export class ApiFixture {
  readonly fixture: Fixture;
  readonly client: SFNClient;
  readonly #gateway: Gateway;

  private constructor(fixture: Fixture, gateway: Gateway) {
    this.fixture = fixture;
    this.#gateway = gateway;
    this.client = new SFNClient({
      endpoint: gateway.endpoint,
      region: REGION,
      credentials: { accessKeyId: ROOT.accessKeyId, secretAccessKey: "secret" },
      maxAttempts: 1,
    });
  }

  static async open(): Promise<ApiFixture> {
    const fixture = new Fixture();
    const { service, conditions } = fixture;
    return new ApiFixture(fixture, await Gateway.listen({ services: [service], callerOf: () => ROOT, conditions }));
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.fixture.service.close();
    await this.#gateway.close();
  }

  /** A state machine made through the API. */
  create = async (definition: object, name = "recover"): Promise<string> => {
    const input = { name, definition: text(definition), roleArn: ROLE };
    const { stateMachineArn } = await this.client.send(new CreateStateMachineCommand(input));
    return stateMachineArn ?? "";
  };

  /** An execution that has come as far as it can without time passing. */
  start = async (stateMachineArn: string, input: unknown = {}, name = "run"): Promise<string> => {
    const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
    const { executionArn } = await this.client.send(command);
    await this.fixture.clock.settle();
    return executionArn ?? "";
  };

  describeExecution = (executionArn: string) => this.client.send(new DescribeExecutionCommand({ executionArn }));
}
