/** A list of a million keys: memory is bounded by the slice, not by the list. `FUZZ_LINES=1000000` is the figure; less is run always. */
import type { GetObjectCommand } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { collectSlice } from "../../functions/key-sources/collect-slice.ts";
import { s3 } from "../../functions/key-sources/s3.ts";
import type { Dependencies } from "../../functions/runtime/dependencies.ts";
import type { Recovery } from "../../functions/runtime/recovery.ts";
import { KEY_SCHEMA } from "./support/refused-keys.ts";

const LINES = Number(process.env.FUZZ_LINES ?? 60_000);
const LINES_A_CHUNK = 1000;
const MEBIBYTE = 1024 * 1024;

/** Every line has the same length, so that any byte of the list can be made without the ones before it. */
const line = (index: number) => `{"pk":"TENANT#acme","sk":"${String(index).padStart(9, "0")}"}\r\n`;
const LINE_BYTES = line(0).length;

async function* listFrom(offset: number) {
  for (let index = offset / LINE_BYTES; index < LINES; index += LINES_A_CHUNK)
    yield Buffer.from(
      Array.from({ length: Math.min(LINES_A_CHUNK, LINES - index) }, (_, after) => line(index + after)).join(""),
    );
}

test("every line of a long list is collected, slice by slice, in bounded memory", async () => {
  const records = new Map<string, unknown>();
  const send = async (command: GetObjectCommand) => {
    const offset = Number(/^bytes=(\d+)-$/.exec(command.input.Range ?? "")?.[1] ?? 0);
    return { Body: listFrom(offset), ETag: "x", ContentLength: LINES * LINE_BYTES - offset };
  };
  const deps = {
    now: () => new Date(),
    aws: { s3: { send } },
    artifacts: { bucket: "bucket", putText: async (_id: string, key: string) => ({ key, bytes: 1, sha256: "" }) },
    recoveries: {
      get: async (_id: string, record: string) => records.get(record),
      putOnce: async (_id: string, record: string, document: unknown) => records.set(record, document) !== undefined,
    },
  } as unknown as Dependencies;
  const recovery = {
    recoveryId: "r-1",
    table: { tableName: "orders" },
    keySchema: KEY_SCHEMA,
    request: { keysFrom: { s3: { key: "uploads/keys.jsonl" } } },
  } as unknown as Recovery;

  const [began, atFirst] = [Date.now(), process.memoryUsage().rss];
  let peak = 0;
  let kept = 0;
  for (let slice = 0, status = "running"; status === "running"; slice += 1) {
    const collected = await collectSlice(recovery, "source", slice, (from) => s3.read(recovery, from, deps), deps);
    peak = Math.max(peak, process.memoryUsage().rss - atFirst);
    kept += collected.kept;
    status = collected.status;
  }

  process.stdout.write(
    `fuzz: ${LINES} lines in ${Date.now() - began} ms, ${records.size} slices, ${Math.round(peak / MEBIBYTE)} MiB more at most\n`,
  );
  expect(kept).toBe(LINES);
  // Ten times what a slice may hold: garbage counts until it is collected.
  expect(peak).toBeLessThan(400 * MEBIBYTE);
}, 600_000);
