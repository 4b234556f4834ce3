/** Starts processes that use sessions. */
import { execFileSync, fork } from "node:child_process";
import { join } from "node:path";
import { bundled } from "../../support/process-fleet";
import { own } from "../../support/servers";
import { until } from "../../support/until";
import type { ProcessSettings } from "./session-process";

export interface SessionProcess {
  /** Of its task. */
  readonly answer: Promise<unknown>;
  /** Resolves when it has stopped itself. */
  isFrozen(): Promise<void>;
  thaw(): void;
}

/** Ends with the test file. */
export function beginProcess(settings: ProcessSettings): SessionProcess {
  const child = fork(bundled(join(__dirname, "session-process.ts")), [JSON.stringify(settings)]);
  own({ stop: () => Promise.resolve(void child.kill("SIGKILL")) });
  const answer = new Promise<unknown>((resolve, reject) => {
    child.on("message", (message) => resolve((message as { answer?: unknown }).answer));
    child.on("exit", () => reject(new Error("the process ended without an answer")));
  });
  return {
    answer,
    async isFrozen() {
      await until("the process has stopped itself", () =>
        execFileSync("ps", ["-o", "state=", "-p", String(child.pid)], { encoding: "utf8" }).startsWith("T"),
      );
    },
    thaw: () => void child.kill("SIGCONT"),
  };
}
