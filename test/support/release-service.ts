/** Plays the APIs of Lambda and CodeDeploy on this machine, as far as releases are checked by them. */
import type { Context } from "aws-lambda";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { lambdaContext } from "./invoke";
import { access, listenOfOwn, region } from "./played-service";

/** A function as Lambda runs it. */
export type Version = (event: unknown, context: Context) => Promise<unknown>;

/** What becomes of a report. */
type ReportAnswer = "takes it" | "takes it and closes the connection" | "refuses it";

export interface ReleaseService {
  /** By their ARNs. */
  readonly versions: Map<string, Version>;
  timeoutMs: number;
  reportAnswer: ReportAnswer;
  /** The bodies of those that were taken, in order. */
  readonly reports: unknown[];
  /** How often each version was called. */
  readonly calls: string[];
}

/** Ends with the test file. The SDK finds it by the environment. */
export async function releaseService(): Promise<ReleaseService> {
  const service: ReleaseService = {
    versions: new Map(),
    timeoutMs: 10_000,
    reportAnswer: "takes it",
    reports: [],
    calls: [],
  };
  const server = createServer((request, response) => void serve(service, request, response));
  const url = await listenOfOwn(server);
  Object.assign(process.env, access, { AWS_ENDPOINT_URL_LAMBDA: url, AWS_ENDPOINT_URL_CODEDEPLOY: url });
  return service;
}

async function serve(service: ReleaseService, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const target = request.headers["x-amz-target"];
  const say = (status: number, answer: unknown, headers: Record<string, string> = {}) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(answer));
  const signedFor = (name: string) => String(request.headers.authorization).includes(`/${region}/${name}/aws4_request`);

  const [, arn] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? "") ?? [];
  if (request.method === "POST" && arn !== undefined && signedFor("lambda"))
    return invoke(service, decodeURIComponent(arn), JSON.parse(body), say);
  if (target === "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus" && signedFor("codedeploy")) {
    if (service.reportAnswer === "refuses it")
      return void say(400, { __type: "InvalidLifecycleEventHookExecutionStatusException", message: "no" });
    if (service.reports.length > 0)
      return void say(400, { __type: "LifecycleEventAlreadyCompletedException", message: "it was said before" });
    const report = JSON.parse(body) as { lifecycleEventHookExecutionId: string };
    service.reports.push(report);
    if (service.reportAnswer === "takes it and closes the connection") return void request.socket.destroy();
    return void say(200, { lifecycleEventHookExecutionId: report.lifecycleEventHookExecutionId });
  }
  say(404, { message: `nobody plays ${request.method} ${request.url} ${String(target)}` });
}

/** As Lambda does: what a function throws, and that it took too long, is an answer, too. */
async function invoke(
  { versions, timeoutMs, calls }: ReleaseService,
  arn: string,
  event: unknown,
  say: (status: number, answer: unknown, headers?: Record<string, string>) => unknown,
): Promise<void> {
  calls.push(arn);
  const version = versions.get(arn);
  if (version === undefined) {
    say(404, { Message: `Function not found: ${arn}` }, { "x-amzn-errortype": "ResourceNotFoundException" });
    return;
  }
  const failed = { "x-amz-function-error": "Unhandled" };
  const endMs = performance.now() + timeoutMs;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(Object.assign(new Error(`Task timed out after ${timeoutMs} ms`), { name: "Sandbox.Timedout" })),
      timeoutMs,
    );
  });
  const context = { ...lambdaContext(), getRemainingTimeInMillis: () => Math.max(0, endMs - performance.now()) };
  try {
    say(200, (await Promise.race([version(event, context), late])) ?? null);
  } catch (error) {
    const { name: errorType, message: errorMessage } = error as Error;
    say(200, { errorType, errorMessage }, failed);
  } finally {
    clearTimeout(timer);
  }
}
