/**
 * One Lambda environment: a process with the real bundle that takes one call at a time and is frozen in between.
 *
 * Frozen for real: it is stopped as soon as it has answered, so a timer or a promise left behind waits for the next
 * call, as on Lambda.
 */
import { fork } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { whenWeEnd } from "../servers/when-we-end";
import type { OnLog } from "./endpoints";
import { FunctionReport, type FunctionCall, type FunctionError } from "./function-messages";
import type { FunctionSettings } from "./function-settings";

export type CallResult = { ok: true; payload: string } | { ok: false; error: FunctionError };

const program = fileURLToPath(new URL("./function-process.mjs", import.meta.url));
const initTimeoutMs = 10_000;
const windows = process.platform === "win32";

export class FunctionEnvironment {
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  #alive = true;
  #initialized = false;
  #ending = "";
  #onReport: ((report?: FunctionReport) => void) | undefined;
  readonly #child;

  constructor(
    private readonly settings: FunctionSettings,
    onLog: OnLog,
  ) {
    this.#child = fork(program, [settings.arn], {
      cwd: settings.folder,
      env: settings.environment,
      execArgv: [`--max-old-space-size=${settings.memoryMb}`],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // Out of the terminal's group: Ctrl-C lets calls in flight finish, Ctrl-Z and fg don't thaw.
      detached: !windows,
    });
    const { pid, stdout, stderr } = this.#child;
    for (const output of [stdout, stderr])
      if (output) createInterface({ input: output }).on("line", (line) => onLog(settings.shortName, line));

    // A frozen process doesn't see us end, so somebody else must.
    const callOff = pid === undefined || windows ? undefined : whenWeEnd('kill -KILL "$1"', pid);
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#alive = false;
        this.#ending = how;
        callOff?.();
        this.#onReport?.();
        resolve();
      };
      this.#child.once("exit", (code, signal) => end(signal === null ? `exit status ${code}` : `signal: ${signal}`));
      this.#child.once("error", (error) => end(error.message));
    });
    this.#child.on("message", (message) => this.#onReport?.(FunctionReport.parse(message)));
  }

  get alive(): boolean {
    return this.#alive;
  }

  async call(call: Omit<FunctionCall, "deadlineMs">): Promise<CallResult> {
    if (!this.#initialized) {
      const report = await this.#report(call.requestId, initTimeoutMs, "Init");
      if (report.type === "error") {
        this.kill();
        return { ok: false, error: report.error };
      }
      this.#initialized = true;
    }
    const { timeoutMs } = this.settings;
    const reported = this.#report(call.requestId, timeoutMs, "Task");
    // Where the process is gone, its end is the report.
    this.#child.send({ ...call, deadlineMs: Date.now() + timeoutMs }, () => undefined);
    const report = await reported;
    return report.type === "error" ? { ok: false, error: report.error } : { ok: true, payload: report.payload };
  }

  freeze(): void {
    if (!windows) this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    if (!windows) this.#child.kill("SIGCONT");
  }

  kill(): void {
    this.#alive = false;
    this.#child.kill("SIGKILL");
  }

  /** The next report; a process that ends or is late (and is killed for it) reports as Lambda would for it. */
  async #report(requestId: string, timeoutMs: number, phase: "Init" | "Task"): Promise<FunctionReport> {
    const failed = (errorType: string, what: string): FunctionReport => ({
      type: "error",
      error: { errorType, errorMessage: `RequestId: ${requestId} Error: ${what}` },
    });
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.kill();
        settle(failed("Sandbox.Timedout", `${phase} timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`));
      }, timeoutMs);
      const settle = (report?: FunctionReport): void => {
        clearTimeout(timer);
        this.#onReport = undefined;
        resolve(report ?? failed("Runtime.ExitError", `Runtime exited with error: ${this.#ending}`));
      };
      this.#onReport = settle;
      if (!this.#alive) settle();
    });
  }
}
