#!/usr/bin/env node
/** The command `larder`, which so far is `larder doctor`. */
import { parseArgs } from "node:util";
import { diagnose, type DiagnoseOptions } from "./diagnose";
import type { Finding } from "./finding";

const usage = `larder doctor says why a client can't sign in to ElastiCache by IAM. Run it where the client runs.

  larder doctor --host <endpoint> --user <id> (--group <id> | --serverless-cache <name>)
                [--port 6379] [--region <region>] [--account <number>]

Credentials and region are those of the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION; elsewhere than
in a Lambda function \`eval "$(aws configure export-credentials --format env)"\` sets them. LARDER_TOKEN, if set, is a token to be looked at.

It exits with 0 if all is well, 1 if it found a fault, 2 if it was called wrongly. --help says this.`;

const options = {
  host: { type: "string" },
  port: { type: "string", default: "6379" },
  user: { type: "string" },
  group: { type: "string" },
  "serverless-cache": { type: "string" },
  region: { type: "string" },
  account: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

async function main(args: string[]): Promise<number> {
  let asked: DiagnoseOptions | undefined;
  try {
    asked = optionsFrom(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (asked === undefined) {
    console.log(usage);
    return 0;
  }
  let faults = 0;
  for await (const finding of diagnose(asked)) {
    console.log(lines(finding));
    if (finding.fault !== undefined) faults++;
  }
  return faults > 0 ? 1 : 0;
}

function lines({ check, fault, says, todo = [] }: Finding): string {
  const first = `${fault === undefined ? "ok   " : "FAULT"} ${check.padEnd(8)} ${says}${fault === undefined ? "" : ` [${fault}]`}`;
  return [first, ...todo.map((line) => `               ${line}`)].join("\n");
}

/** `undefined`: help is asked for. */
function optionsFrom(args: string[]): DiagnoseOptions | undefined {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help === true) return undefined;
  if (positionals.join(" ") !== "doctor")
    throw new Error(`there is no command ${JSON.stringify(positionals.join(" "))}`);
  const { env } = process;
  const { group, "serverless-cache": serverlessCache } = values;
  const region = values.region ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"];
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`--port is ${values.port}: it must be a port number`);
  const patient = {
    host: given("--host", values.host),
    port,
    user: given("--user", values.user),
    region: given("--region or AWS_REGION", region),
    aws: () => ({
      accessKeyId: given("AWS_ACCESS_KEY_ID", env["AWS_ACCESS_KEY_ID"]),
      secretAccessKey: given("AWS_SECRET_ACCESS_KEY", env["AWS_SECRET_ACCESS_KEY"]),
      sessionToken: env["AWS_SESSION_TOKEN"],
    }),
    ...(values.account !== undefined && { account: values.account }),
    ...(env["AWS_CREDENTIAL_EXPIRATION"] !== undefined && { awsExpire: new Date(env["AWS_CREDENTIAL_EXPIRATION"]) }),
    ...(env["LARDER_TOKEN"] !== undefined && { token: env["LARDER_TOKEN"] }),
  };
  patient.aws(); // or say now what is missing
  if (group !== undefined && serverlessCache !== undefined)
    throw new Error("--group and --serverless-cache are both given: a cache is one of the two");
  if (group !== undefined) return { ...patient, group: given("--group", group) };
  return { ...patient, serverlessCache: given("one of --group and --serverless-cache", serverlessCache) };
}

function given(name: string, value: string | undefined): string {
  if (value === undefined || value === "") throw new Error(`${name} is missing`);
  return value;
}

main(process.argv.slice(2)).then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 2;
  },
);
