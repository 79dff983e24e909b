/**
 * Runs inside a worker thread: loads the function's code and answers invocations one at a time, as Lambda's Node.js
 * runtime does (async handlers only, like nodejs24.x). It runs outside of any loader, so it imports nothing but types and Node.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { getHeapStatistics } from "node:v8";
import { constants, Script } from "node:vm";
import { parentPort, threadId, workerData } from "node:worker_threads";
import type { FunctionError, InvocationRequest, RuntimeMessage, RuntimeSettings } from "./runtime-protocol.ts";

type Handler = (event: unknown, context: unknown) => unknown;

const MEMORY_SAMPLE_MS = 20;

const port = parentPort;
if (!port) throw new Error("local/lambda/runtime.ts runs in a worker thread only.");
const post = (message: RuntimeMessage) => port.postMessage(message);

const { taskRoot, handler: handlerName, codeCacheFile } = workerData as RuntimeSettings;
let running: InvocationRequest | undefined;
let peakMemoryBytes = 0;

/** This thread's heap and what hangs on it outside; the process's RSS would count every other function too. */
function sampleMemory(): void {
  // Not process.memoryUsage(), which asks the system for the whole process and costs more than all of this.
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  const used = heap + external;
  if (used > peakMemoryBytes) peakMemoryBytes = used;
}

function describe(error: unknown): FunctionError {
  if (error instanceof Error)
    return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
  return {
    errorType: typeof error,
    errorMessage: typeof error === "string" ? error : (JSON.stringify(error) ?? ""),
    trace: [],
  };
}

/**
 * /var/task has no package.json above it, so a `.js` file without one of its own is CommonJS there. Here Node would ask
 * the package.json of whatever repository the asset lies in, so the file is compiled as what it is.
 */
async function loadModule(file: string): Promise<Record<string, unknown>> {
  if (!file.endsWith(".js") || existsSync(join(taskRoot, "package.json")))
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const module = { exports: {} as Record<string, unknown> };
  const source = readFileSync(file, "utf8");
  const cachedData = codeCacheFile && existsSync(codeCacheFile) ? readFileSync(codeCacheFile) : undefined;
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData ? { cachedData } : {}),
  });
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  if (codeCacheFile && (!cachedData || script.cachedDataRejected)) saveCodeCache(script, codeCacheFile);
  return module.exports;
}

/** V8's compiled code, made after running so that it holds what loading needs: halves the next cold start. */
function saveCodeCache(script: Script, file: string): void {
  const unfinished = `${file}.${process.pid}-${threadId}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(unfinished, script.createCachedData());
  renameSync(unfinished, file);
}

async function loadHandler(): Promise<Handler> {
  const dot = handlerName.lastIndexOf(".");
  const file = [".mjs", ".js", ".cjs"]
    .map((extension) => join(taskRoot, handlerName.slice(0, dot) + extension))
    .find((candidate) => existsSync(candidate));
  if (!file) throw named("Runtime.ImportModuleError", `Error: Cannot find module '${handlerName.slice(0, dot)}'`);
  const module = await loadModule(file);
  const exportName = handlerName.slice(dot + 1);
  const found = module[exportName] ?? (module.default as Record<string, unknown> | undefined)?.[exportName];
  if (typeof found !== "function")
    throw named("Runtime.HandlerNotFound", `${handlerName} is undefined or not exported`);
  return found as Handler;
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

function lambdaContext(request: InvocationRequest): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: request.functionArn,
    awsRequestId: request.requestId,
    getRemainingTimeInMillis: () => Math.max(0, request.deadlineMs - Date.now()),
  };
}

function fail(error: FunctionError, exits: boolean): void {
  const request = running;
  running = undefined;
  if (request) post({ kind: "error", requestId: request.requestId, error, peakMemoryBytes, exits });
}

async function answer(handler: Handler, request: InvocationRequest): Promise<void> {
  running = request;
  peakMemoryBytes = 0;
  process.env._X_AMZN_TRACE_ID = request.traceId;
  const sampler = setInterval(sampleMemory, MEMORY_SAMPLE_MS);
  try {
    const result = await handler(JSON.parse(request.payload), lambdaContext(request));
    sampleMemory();
    // What the handler answers must be JSON; undefined is null, as Lambda has it.
    const payload = JSON.stringify(result) ?? "null";
    running = undefined;
    post({ kind: "result", requestId: request.requestId, payload, peakMemoryBytes });
  } catch (error) {
    sampleMemory();
    fail(describe(error), false);
  } finally {
    clearInterval(sampler);
  }
}

process.on("unhandledRejection", (reason) => {
  const { errorMessage, trace } = describe(reason);
  fail({ errorType: "Runtime.UnhandledPromiseRejection", errorMessage, ...(trace ? { trace } : {}) }, true);
});
process.on("uncaughtException", (error) => fail(describe(error), true));

try {
  const handler = await loadHandler();
  port.on("message", (request: InvocationRequest) => void answer(handler, request));
  post({ kind: "ready" });
} catch (error) {
  post({ kind: "load-failed", error: describe(error) });
}
