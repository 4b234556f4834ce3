/**
 * The program inside one Lambda environment: loads the bundle, then answers one call after another.
 *
 * Plain JavaScript, so that Node starts it as fast as Lambda would the bundle alone: stripping types costs each cold
 * start 0.1 s and 18 MB. It ends with its parent, unless it is frozen: then its environment has seen to that.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { env } = process;
const [functionArn] = process.argv.slice(2);

/** The way to our parent, which the bundle doesn't see: on Lambda it has none. Takes a `FunctionReport`. */
const report = process.send.bind(process);
process.send = undefined;
process.on("disconnect", () => process.exit());

try {
  const handler = await loadHandler(env._HANDLER);
  process.on("message", (call) => void answer(handler, call));
  report({ type: "answer", payload: "" });
} catch (error) {
  report({ type: "error", error: describe(error) });
}

async function loadHandler(name) {
  const [file, exported] = name.split(".");
  const path = [".js", ".mjs", ".cjs"]
    .map((ending) => join(process.cwd(), file + ending))
    .find((each) => existsSync(each));
  if (path === undefined) throw runtimeError("Runtime.ImportModuleError", `Cannot find module '${file}'`);
  const module = await import(pathToFileURL(path).href);
  const handler = module[exported] ?? module.default?.[exported];
  if (typeof handler !== "function")
    throw runtimeError("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  return handler;
}

/** Takes a `FunctionCall`. */
async function answer(handler, { requestId, traceId, deadlineMs, payload }) {
  env._X_AMZN_TRACE_ID = traceId;
  try {
    const result = await handler(JSON.parse(payload), {
      functionName: env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
      invokedFunctionArn: functionArn,
      memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
      callbackWaitsForEmptyEventLoop: true,
      awsRequestId: requestId,
      getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    });
    report({ type: "answer", payload: JSON.stringify(result) ?? "null" });
  } catch (error) {
    report({ type: "error", error: describe(error) });
  }
}

/** As a `FunctionError`. */
function describe(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return { errorType: String(error.name), errorMessage: String(error.message), trace: error.stack?.split("\n") };
}

function runtimeError(name, message) {
  return Object.assign(new Error(message), { name });
}
