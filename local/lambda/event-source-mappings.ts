import { randomUUID } from "node:crypto";
import type { Conditions } from "../conditions.ts";
import type { Streams } from "../dynamodb/streams/streams.ts";
import { AwsError, type Caller, type Sessions } from "../service.ts";
import { type EventSourceMappingSettings, eventSourceMappingRequest } from "./event-source-mapping-request.ts";
import { EventSourcePoller } from "./event-source-poller.ts";
import type { InvocationAnswer } from "./execution-environment.ts";
import { logGroupOf } from "./function-configuration.ts";
import type { DeployedFunction } from "./service.ts";

export interface EventSourceMappingsOptions {
  readonly accountId: string;
  readonly region: string;
  readonly conditions: Conditions;
  readonly sessions: Sessions;
  /** The streams of DynamoDB; without them there is nothing to map. */
  readonly streams: Streams | undefined;
  readonly find: (functionNameOrArn: string) => DeployedFunction;
  readonly run: (found: DeployedFunction, payload: string, requestId: string) => Promise<InvocationAnswer>;
  readonly log: (group: string, stream: string, line: string) => void;
}

/** As the API shows a mapping. */
export interface EventSourceMapping extends Omit<EventSourceMappingSettings, "FunctionName" | "Enabled"> {
  readonly UUID: string;
  readonly EventSourceMappingArn: string;
  readonly FunctionArn: string;
  readonly State: string;
  readonly StateTransitionReason: string;
  readonly LastProcessingResult: string;
  readonly LastModified: number;
}

interface Mapping {
  readonly uuid: string;
  readonly settings: EventSourceMappingSettings;
  readonly functionArn: string;
  readonly poller: EventSourcePoller;
  readonly unsubscribe: () => void;
  modifiedMs: number;
}

/** Streams that invoke functions: each record once its write is done, under the function's own role. */
export class EventSourceMappings {
  readonly #options: EventSourceMappingsOptions;
  readonly #mappings = new Map<string, Mapping>();

  constructor(options: EventSourceMappingsOptions) {
    this.#options = options;
  }

  /** Makes a mapping, if the function's role may read the stream. */
  create(request: unknown): EventSourceMapping {
    const settings = eventSourceMappingRequest(request);
    const { arn: functionArn, configuration } = this.#options.find(settings.FunctionName);
    const { EventSourceArn } = settings;
    if (this.list({ eventSourceArn: EventSourceArn, functionName: functionArn }).length > 0)
      throw new AwsError(
        "ResourceConflictException",
        `An event source mapping with event source arn (${EventSourceArn}) and function (${configuration.name}) already exists.`,
        409,
      );
    const streams = this.#streams();
    const { caller, position } = this.#reader(settings, configuration.roleArn, configuration.name);
    const poller = new EventSourcePoller({
      settings,
      position,
      read: (after, limit) => streams.read(EventSourceArn, { after, limit }, caller),
      positionAfter: (record) => streams.after(record),
      invoke: (Records) => this.#invoke(functionArn, { Records }),
      waitMs: (seconds) => seconds * 1000 * this.#options.conditions.waitScale,
      discarded: (records, why) => {
        const line = `${records.length} records from ${records[0]?.dynamodb.SequenceNumber} on discarded: ${why}`;
        this.#options.log(logGroupOf(this.#options.find(functionArn).configuration), "event-source", line);
      },
    });
    const uuid = randomUUID();
    const unsubscribe = streams.subscribe(EventSourceArn, () => poller.wake());
    const mapping = { uuid, settings, functionArn, poller, unsubscribe, modifiedMs: Date.now() };
    this.#mappings.set(uuid, mapping);
    if (settings.Enabled) poller.start();
    return this.#describe(mapping, "Creating");
  }

  get(uuid: string): EventSourceMapping {
    return this.#describe(this.#mapping(uuid));
  }

  /** Pauses or goes on; while it is paused the records wait in the stream. */
  setEnabled(uuid: string, enabled: boolean): EventSourceMapping {
    const mapping = this.#mapping(uuid);
    mapping.modifiedMs = Date.now();
    if (enabled) mapping.poller.start();
    else mapping.poller.stop();
    return this.#describe(mapping, enabled ? "Enabling" : "Disabling");
  }

  delete(uuid: string): EventSourceMapping {
    const mapping = this.#mapping(uuid);
    this.#mappings.delete(uuid);
    mapping.unsubscribe();
    mapping.poller.stop();
    return this.#describe(mapping, "Deleting");
  }

  list(filter: { readonly eventSourceArn?: string; readonly functionName?: string } = {}): EventSourceMapping[] {
    const functionArn = filter.functionName === undefined ? undefined : this.#options.find(filter.functionName).arn;
    return [...this.#mappings.values()]
      .filter(({ settings }) => (filter.eventSourceArn ?? settings.EventSourceArn) === settings.EventSourceArn)
      .filter((mapping) => (functionArn ?? mapping.functionArn) === mapping.functionArn)
      .map((mapping) => this.#describe(mapping));
  }

  /** Waits until every record of an enabled mapping is delivered, or can't be read; a function that always fails is never done. */
  async idle(): Promise<void> {
    for (;;) {
      const running = [...this.#mappings.values()].flatMap(({ poller }) => poller.running ?? []);
      if (running.length === 0) return;
      await Promise.all(running);
    }
  }

  close(): void {
    for (const { poller, unsubscribe } of this.#mappings.values()) {
      unsubscribe();
      poller.stop();
    }
  }

  /** Who reads the stream in the function's name, and from where on. */
  #reader(
    { EventSourceArn, StartingPosition }: EventSourceMappingSettings,
    roleArn: string,
    functionName: string,
  ): { readonly caller: Caller; readonly position: number } {
    try {
      const { sessions } = this.#options;
      const { accessKeyId } = sessions.assumeRoleAsService(roleArn, "lambda.amazonaws.com", functionName);
      const caller = sessions.callerOf(accessKeyId);
      return { caller, position: this.#streams().position(EventSourceArn, StartingPosition, caller) };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new AwsError(
        "InvalidParameterValueException",
        `Cannot access stream ${EventSourceArn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM. ${why}`,
      );
    }
  }

  async #invoke(functionArn: string, event: unknown): Promise<unknown> {
    const answer = await this.#options.run(this.#options.find(functionArn), JSON.stringify(event), randomUUID());
    if (!("functionError" in answer)) return JSON.parse(answer.payload) as unknown;
    const { errorType, errorMessage } = answer.functionError;
    throw new Error(`${errorType}: ${errorMessage}`);
  }

  #streams(): Streams {
    if (this.#options.streams === undefined)
      throw new Error("This Lambda was started without the streams of DynamoDB.");
    return this.#options.streams;
  }

  #mapping(uuid: string): Mapping {
    const mapping = this.#mappings.get(uuid);
    if (mapping === undefined)
      throw new AwsError("ResourceNotFoundException", `The event source mapping ${uuid} does not exist.`, 404);
    return mapping;
  }

  #describe({ uuid, settings, functionArn, poller, modifiedMs }: Mapping, state?: string): EventSourceMapping {
    const { FunctionName: _, Enabled: __, ...shown } = settings;
    return {
      UUID: uuid,
      EventSourceMappingArn: `arn:aws:lambda:${this.#options.region}:${this.#options.accountId}:event-source-mapping:${uuid}`,
      FunctionArn: functionArn,
      ...shown,
      State: state ?? (poller.enabled ? "Enabled" : "Disabled"),
      StateTransitionReason: "User action",
      LastProcessingResult: poller.result,
      LastModified: modifiedMs / 1000,
    };
  }
}
