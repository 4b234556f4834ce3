/** One Lambda function: as many environments as there are calls at once, up to a cap. */
import { randomBytes, randomUUID } from "node:crypto";
import type { OnLog } from "./endpoints";
import { FunctionEnvironment, type CallResult } from "./function-environment";
import type { FunctionError } from "./function-messages";
import type { FunctionSettings } from "./function-settings";

/** A region has 1,000; a laptop has not. Beyond it calls wait their turn, where Lambda would start one more or throttle. */
const maxEnvironments = 8;
const idleLifeMs = 5 * 60_000;
/** Lambda's limits on what goes in and comes out of a call. */
const maxEventBytes = 6 * 1024 * 1024;
const maxAnswerBytes = maxEventBytes + 100;

export class LambdaFunction {
  readonly #environments = new Set<FunctionEnvironment>();
  /** Frozen ones; the one used last is used next. */
  readonly #idle: { environment: FunctionEnvironment; expiry: NodeJS.Timeout }[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #closed = false;

  constructor(
    private readonly settings: FunctionSettings,
    private readonly onLog: OnLog,
    private readonly idleMs = idleLifeMs,
  ) {}

  get shortName(): string {
    return this.settings.shortName;
  }

  /** Calls the function with an event in JSON and waits for its answer. */
  async call(payload: string, traceRoot = newTraceRoot()): Promise<CallResult> {
    if (Buffer.byteLength(payload) > maxEventBytes)
      return failure("RequestTooLargeException", `Request must be smaller than ${maxEventBytes} bytes`);
    await this.#turn();
    if (this.#closed) {
      this.#nextTurn();
      return failure("ServiceException", "the application is closing");
    }
    const environment = this.#take();
    const traceId = `${traceRoot};Parent=${randomBytes(8).toString("hex")};Sampled=0`;
    const result = await environment.call({ requestId: randomUUID(), traceId, payload });
    this.#giveBack(environment);

    if (!result.ok) this.#logError(result.error);
    else if (Buffer.byteLength(result.payload) > maxAnswerBytes)
      return failure("Function.ResponseSizeTooLarge", `Response payload size exceeded ${maxAnswerBytes} bytes`);
    return result;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const environment of this.#environments) environment.kill();
    await Promise.all([...this.#environments].map(({ ended }) => ended));
  }

  #logError({ errorType, errorMessage, trace = [`${errorType}: ${errorMessage}`] }: FunctionError): void {
    for (const line of trace) this.onLog(this.settings.shortName, line);
  }

  async #turn(): Promise<void> {
    if (this.#busy < maxEnvironments) this.#busy += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #take(): FunctionEnvironment {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      clearTimeout(idle.expiry);
      idle.environment.thaw();
      return idle.environment;
    }
    const environment = new FunctionEnvironment(this.settings, this.onLog);
    this.#environments.add(environment);
    void environment.ended.then(() => this.#forget(environment));
    return environment;
  }

  #giveBack(environment: FunctionEnvironment): void {
    if (environment.alive) {
      environment.freeze();
      const expiry = setTimeout(() => environment.kill(), this.idleMs).unref();
      this.#idle.push({ environment, expiry });
    }
    this.#nextTurn();
  }

  #nextTurn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy -= 1;
    else next();
  }

  #forget(environment: FunctionEnvironment): void {
    this.#environments.delete(environment);
    const at = this.#idle.findIndex((idle) => idle.environment === environment);
    if (at >= 0) this.#idle.splice(at, 1).forEach(({ expiry }) => clearTimeout(expiry));
  }
}

/** The part of an X-Ray trace id that all of one request share. */
export function newTraceRoot(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString("hex")}`;
}

function failure(errorType: string, errorMessage: string): CallResult {
  return { ok: false, error: { errorType, errorMessage } };
}
