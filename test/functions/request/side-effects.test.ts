import type { TableDescription } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { ProtectedTable } from "../../../functions/contracts.ts";
import { findSideEffects } from "../../../functions/request/side-effects.ts";
import type { Aws } from "../../../functions/runtime/aws.ts";
import { answeringClient } from "./answering-client.ts";

const STREAM = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026";
const TABLE: TableDescription = { TableArn: "arn:aws:dynamodb:eu-west-1:111122223333:table/orders" };
const WITH_STREAM: TableDescription = {
  ...TABLE,
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
  LatestStreamArn: STREAM,
};

interface Surroundings {
  readonly triggers?: readonly string[];
  readonly kinesis?: readonly (readonly [stream: string, status: string])[];
}

function awsWith({ triggers = [], kinesis = [] }: Surroundings): Aws {
  return {
    dynamodb: answeringClient({
      DescribeKinesisStreamingDestination: () => ({
        KinesisDataStreamDestinations: kinesis.map(([StreamArn, DestinationStatus]) => ({
          StreamArn,
          DestinationStatus,
        })),
      }),
    }),
    // One trigger a page.
    lambda: answeringClient({
      ListEventSourceMappings: ({ Marker = "0", EventSourceArn }: { Marker?: string; EventSourceArn: string }) => {
        expect(EventSourceArn).toBe(STREAM);
        const index = Number(Marker);
        const page = triggers.slice(index, index + 1).map((FunctionArn) => ({ FunctionArn, State: "Enabled" }));
        return { EventSourceMappings: page, ...(index + 1 < triggers.length ? { NextMarker: String(index + 1) } : {}) };
      },
    }),
  } as unknown as Aws;
}

function find(table: TableDescription, surroundings: Surroundings = {}, replicaRegions: readonly string[] = []) {
  const descriptor = ProtectedTable.parse({ tableName: "orders", guards: ["table-policy"], replicaRegions });
  return findSideEffects(awsWith(surroundings), descriptor, table);
}

describe("what a repair sets off", () => {
  it("is nothing for a plain table", async () => {
    expect(await find(TABLE)).toEqual([]);
  });

  it("is a record in the stream, and a call of every trigger on it", async () => {
    expect(await find(WITH_STREAM, { triggers: ["arn:mail", "arn:search"] })).toEqual([
      "stream (NEW_IMAGE): every write of the repair emits a record",
      "trigger arn:mail (Enabled) is called for every write of the repair",
      "trigger arn:search (Enabled) is called for every write of the repair",
    ]);
  });

  it("is nothing for a stream that was switched off", async () => {
    expect(await find({ ...WITH_STREAM, StreamSpecification: { StreamEnabled: false } })).toEqual([]);
  });

  it("is a record in every Kinesis stream that is not off", async () => {
    const kinesis = [
      ["arn:a", "ACTIVE"],
      ["arn:b", "ENABLING"],
      ["arn:c", "DISABLED"],
      ["arn:d", "ENABLE_FAILED"],
    ] as const;

    expect(await find(TABLE, { kinesis })).toEqual([
      "Kinesis stream arn:a gets a record of every write",
      "Kinesis stream arn:b gets a record of every write",
    ]);
  });

  it("is a write in every replica that the configuration names", async () => {
    const table = { ...TABLE, Replicas: [{ RegionName: "eu-west-1" }, { RegionName: "us-east-1" }] };

    expect(await find(table, {}, ["us-east-1"])).toEqual([
      "global replica us-east-1: repairs replicate there, last writer wins",
    ]);
  });

  it("is refused where a replica is not named, since nobody froze it", async () => {
    const table = { ...TABLE, Replicas: [{ RegionName: "us-east-1" }, { RegionName: "ap-south-1" }] };

    await expect(find(table, {}, ["us-east-1"])).rejects.toThrow(
      'Field "table" is "orders", which has a replica in ap-south-1 that is not in "replicaRegions"',
    );
  });
});
