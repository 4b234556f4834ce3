/** What the template says of one Lambda function, ready to be run here. */
import { statSync } from "node:fs";
import * as z from "zod/mini";
import type { LocalEndpoints } from "./endpoints";
import type { Intrinsics } from "./intrinsics";
import { machineEnvironment } from "./machine-environment";
import { accountId } from "./resource-attributes";
import type { Assembly, Resource } from "./template";

export interface FunctionSettings {
  readonly name: string;
  readonly arn: string;
  /** What its log lines are headed with: the construct's id. */
  readonly shortName: string;
  /** The unpacked bundle. */
  readonly folder: string;
  /** `file.export`, the file without its ending. */
  readonly handler: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** Everything the process gets: Lambda's variables, the template's, and what this machine changes in them. */
  readonly environment: Readonly<Record<string, string>>;
}

const FunctionProperties = z.object({
  Code: z.object({ S3Key: z.string() }),
  Handler: z.string(),
  Runtime: z.string().check(z.startsWith("nodejs")),
  MemorySize: z._default(z.coerce.number(), 128),
  Timeout: z._default(z.coerce.number(), 3),
  LoggingConfig: z._default(z.object({ LogFormat: z._default(z.string(), "Text") }), { LogFormat: "Text" }),
  Environment: z._default(z.object({ Variables: z.record(z.string(), z.coerce.string()) }), { Variables: {} }),
});

/** @throws if the function isn't a Node.js bundle in a folder: an image, inline code, another runtime. */
export function functionSettings(
  resource: Resource,
  assembly: Assembly,
  intrinsics: Intrinsics,
  endpoints: LocalEndpoints,
): FunctionSettings {
  const { stack, logicalId } = resource;
  const parsed = FunctionProperties.safeParse(intrinsics.properties(resource));
  if (!parsed.success)
    throw new Error(`function ${logicalId} can't run here: ${z.prettifyError(parsed.error)}; give it a Node.js bundle`);
  const { Code, Handler, MemorySize, Timeout, Environment } = parsed.data;

  const folder = assembly.assetPaths.get(Code.S3Key);
  if (folder === undefined || !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`no folder with the code of function ${logicalId} (asset ${Code.S3Key}): run cdk synth again`);

  const name = intrinsics.text({ Ref: logicalId }, stack);
  return {
    name,
    arn: intrinsics.text({ "Fn::GetAtt": [logicalId, "Arn"] }, stack),
    shortName: logicalId.replace(/[0-9A-F]{8}$/, ""),
    folder,
    handler: Handler,
    memoryMb: MemorySize,
    timeoutMs: Timeout * 1000,
    environment: {
      ...lambdaEnvironment(name, stack.region, folder, parsed.data),
      ...machineEnvironment(Environment.Variables, endpoints),
    },
  };
}

/** The variables that Lambda itself defines. Of this process' own only the path is passed on. */
function lambdaEnvironment(
  name: string,
  region: string,
  folder: string,
  { Handler, MemorySize, Runtime, LoggingConfig }: z.infer<typeof FunctionProperties>,
): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    // Windows can't open a socket without it.
    ...(process.env.SystemRoot === undefined ? {} : { SystemRoot: process.env.SystemRoot }),
    TZ: ":UTC",
    LANG: "en_US.UTF-8",
    _HANDLER: Handler,
    LAMBDA_TASK_ROOT: folder,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
    AWS_ACCOUNT_ID: accountId,
    AWS_EXECUTION_ENV: `AWS_Lambda_${Runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_FORMAT: LoggingConfig.LogFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "local",
  };
}
