import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../../local/main.ts", import.meta.url));

let running: ChildProcess | undefined;
afterEach(() => {
  running?.kill("SIGKILL");
  running = undefined;
});

function runMain(args: readonly string[], onOutput: (text: string, child: ChildProcess) => void = () => {}) {
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  running = child;
  const output = { out: "", error: "" };
  child.stdout.on("data", (chunk) => {
    output.out += String(chunk);
    onOutput(output.out, child);
  });
  child.stderr.on("data", (chunk) => {
    output.error += String(chunk);
  });
  return new Promise<{ code: number | null; out: string; error: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, ...output })),
  );
}

test("a wrong option is answered with the usage and exit code 2", async () => {
  const { code, out, error } = await runMain(["--prot", "1"]);

  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(error).toContain("npm run local [-- options]");
  expect(error).toContain("--prot");
});

test("prints the endpoint, keys and commands, and ends cleanly when it is interrupted", async () => {
  let interrupted = false;
  const { code, out } = await runMain(["--port", "0"], (text, child) => {
    if (interrupted || !text.includes("Ctrl-C ends it all")) return;
    interrupted = true;
    child.kill("SIGINT");
  });

  expect(code).toBe(0);
  expect(out).toMatch(/listens on http:\/\/127\.0\.0\.1:\d+/);
  expect(out).toMatch(/export AWS_ACCESS_KEY_ID=\w+/);
  expect(out).toMatch(/export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+/);
  expect(out).toContain("aws stepfunctions start-execution --state-machine-arn arn:aws:states:");
}, 120_000);
