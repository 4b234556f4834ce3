/** Runs a synthesized application on this machine: triggers first, then its HTTP API and its schedules, backed by its functions. */
import type { LocalEndpoints, OnLog } from "./endpoints";
import type { CallResult } from "./function-environment";
import { functionSettings } from "./function-settings";
import { createHttpApi } from "./http-api";
import { httpApiSettings } from "./http-api-settings";
import { Intrinsics, missingPart } from "./intrinsics";
import { LambdaFunction } from "./lambda-function";
import { notPlayed } from "./not-played";
import { playSchedules, type SchedulerOptions } from "./scheduler";
import { schedulesOf } from "./schedules";
import { startAwsServices } from "./aws-services";
import { listen, stop } from "./listening";
import { readAssembly, resourcesOfType } from "./template";
import { triggeredFunctions } from "./triggers";

export interface ApplicationOptions {
  /** The folder of one stage in `cdk.out`, with its `manifest.json`. */
  readonly assemblyDir: string;
  readonly endpoints: LocalEndpoints;
  /** Of the HTTP API; 0 takes a free one, which functions that are told the URL of the API then do not know. */
  readonly port: number;
  readonly onLog: OnLog;
  /** As of `playSchedules`. */
  readonly every?: SchedulerOptions["every"];
}

export interface Application {
  readonly url: string;
  /** Calls a function of the assembly by its short name, as `aws lambda invoke` does. @throws if it fails */
  invoke(shortName: string, event: unknown): Promise<void>;
  /** Ends every process it started, frozen ones too; calls in flight fail. */
  close(): Promise<void>;
}

/** @throws if the assembly can't be read, a trigger fails or the port is taken; nothing is left running then */
export async function runApplication({
  assemblyDir,
  endpoints,
  port,
  onLog,
  every,
}: ApplicationOptions): Promise<Application> {
  const assembly = readAssembly(assemblyDir);
  const intrinsics = new Intrinsics(assembly, endpoints, `http://127.0.0.1:${port}`);
  const api = httpApiSettings(assembly, intrinsics);
  const triggers = triggeredFunctions(assembly, intrinsics);
  const schedules = schedulesOf(assembly, intrinsics);

  const aws = await startAwsServices(assembly, intrinsics, endpoints);

  const needed = new Set([
    ...triggers,
    ...schedules.played.map(({ functionName }) => functionName),
    ...api.routes.flatMap(({ functionName, authorizer }) =>
      authorizer === undefined || "notPlayed" in authorizer ? [functionName] : [authorizer.functionName, functionName],
    ),
  ]);
  const functions = new Map<string, LambdaFunction>();
  let stopSchedules = (): void => undefined;
  const server = createHttpApi(api, (name, event, trace) => theFunction(name).call(event, trace), onLog);

  function theFunction(name: string): LambdaFunction {
    const found = functions.get(name);
    if (found === undefined) throw new Error(`no function ${name} in the assembly: run cdk synth again`);
    return found;
  }

  async function invoke(shortName: string, event: unknown): Promise<void> {
    const found = [...functions.values()].find((each) => each.shortName === shortName);
    if (found === undefined) throw new Error(`no function ${shortName} in the assembly: run cdk synth again`);
    throwIfFailed(shortName, await found.call(JSON.stringify(event)));
  }

  async function close(): Promise<void> {
    stopSchedules();
    const closed = stop(server);
    await Promise.all([...functions.values()].map((each) => each.close()));
    server.closeAllConnections();
    await Promise.all([closed, aws.close()]);
  }

  try {
    for (const resource of resourcesOfType(assembly, "AWS::Lambda::Function")) {
      if (!needed.has(intrinsics.text({ Ref: resource.logicalId }, resource.stack))) continue;
      const settings = functionSettings(resource, assembly, intrinsics, endpoints);
      const environment = { ...settings.environment, ...aws.environment };
      for (const [variable, value] of Object.entries(environment)) {
        const missing = missingPart(value);
        if (missing !== undefined)
          onLog("aws", `${variable} of ${settings.shortName} isn't on this machine: ${missing}`);
      }
      functions.set(settings.name, new LambdaFunction({ ...settings, environment }, onLog));
    }
    for (const what of [...notPlayed(assembly), ...schedules.notPlayed, ...api.notPlayed])
      onLog("aws", `not played on this machine: ${what}`);

    for (const name of triggers) throwIfFailed(`trigger ${name}`, await theFunction(name).call("{}"));
    const url = await listen(server, port);
    stopSchedules = playSchedules(schedules.played, {
      call: (name, event) => theFunction(name).call(event),
      every,
      onLog,
    });
    return { url, invoke, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function throwIfFailed(name: string, result: CallResult): void {
  if (result.ok) return;
  throw new Error(`${name} failed: ${result.error.errorType}: ${result.error.errorMessage}`);
}
