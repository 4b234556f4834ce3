/** What the Lambda runtime puts into the environment of every function. */
import type { AwsCredentials } from "@larder/toolkit";
import { join } from "node:path";

function runtimeVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: Lambda sets it, and nothing else needs to`);
  return value;
}

export function awsRegion(): string {
  return runtimeVariable("AWS_REGION");
}

/** Read anew at each use: the runtime may replace them. */
export function awsCredentials(): AwsCredentials {
  return {
    accessKeyId: runtimeVariable("AWS_ACCESS_KEY_ID"),
    secretAccessKey: runtimeVariable("AWS_SECRET_ACCESS_KEY"),
    sessionToken: process.env["AWS_SESSION_TOKEN"],
  };
}

/** The path of a file that lib put beside the function's bundle. */
export function bundledFile(name: string): string {
  return join(runtimeVariable("LAMBDA_TASK_ROOT"), name);
}
