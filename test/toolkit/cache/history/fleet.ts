/** Many processes that use one cache; those that are killed are replaced. */
import { buildSync } from "esbuild";
import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { temporaryFolder } from "../../../../local/setup/data-folder";
import { monotonicMs } from "../../../support/monotonic";
import { until } from "../../../support/until";
import { eventsOf, type FaultEvent, type HistoryEvent, recorded, recorder } from "./events";
import type { WorkerSettings } from "./worker-settings";

export class Fleet {
  readonly #settings: WorkerSettings;
  readonly #processes = new Set<ChildProcess>();
  readonly record: (event: HistoryEvent) => void;
  #ended = false;

  constructor(settings: Omit<WorkerSettings, "historyFolder">) {
    this.#settings = { ...settings, historyFolder: temporaryFolder() };
    this.record = recorder(this.#settings.historyFolder);
    for (let count = 0; count < 4; count++) this.#begin();
  }

  get history(): HistoryEvent[] {
    return recorded(this.#settings.historyFolder);
  }

  /** Resolves when each process reads. */
  async begun(): Promise<void> {
    await until("all processes read", () => {
      const calls = eventsOf(this.history, "read").map(({ call }) => call.split(":")[0]);
      return new Set(calls).size >= this.#processes.size;
    });
  }

  /** Does something to the servers or the network, and records when. */
  async during(type: FaultEvent["type"], fault: () => Promise<void>): Promise<void> {
    const fromMs = monotonicMs();
    await fault();
    this.record({ type, fromMs, toMs: monotonicMs() });
  }

  async freezeOne(ms: number): Promise<void> {
    const process = this.#anyProcess();
    await this.during("pause", async () => {
      process?.kill("SIGSTOP");
      await pause(ms);
      process?.kill("SIGCONT");
    });
  }

  killOne(): void {
    this.#anyProcess()?.kill("SIGKILL");
  }

  /** Lets each process bring what it is doing to its end. @throws if one of them doesn't come to it */
  async end(): Promise<HistoryEvent[]> {
    this.#ended = true;
    for (const process of this.#processes) if (process.connected) process.send("end");
    await until("all processes have ended", () => this.#processes.size === 0);
    return this.history;
  }

  stop(): Promise<void> {
    this.#ended = true;
    for (const process of this.#processes) process.kill("SIGKILL");
    return Promise.resolve();
  }

  #begin(): void {
    const process = fork(workerProgram(), [JSON.stringify(this.#settings)]);
    this.#processes.add(process);
    process.on("exit", (code, signal) => {
      this.#processes.delete(process);
      if (signal !== "SIGKILL" && !this.#ended) this.record({ type: "crash", code });
      if (!this.#ended) this.#begin();
    });
  }

  #anyProcess(): ChildProcess | undefined {
    return oneOf([...this.#processes]);
  }
}

let program: string | undefined;

/** Bundled once: a process begins in a tenth of the time that a compiler needs. */
function workerProgram(): string {
  if (program === undefined) {
    program = join(temporaryFolder(), "worker.cjs");
    buildSync({ entryPoints: [join(__dirname, "worker.ts")], bundle: true, platform: "node", outfile: program });
  }
  return program;
}

export function oneOf<T>(things: readonly T[]): T | undefined {
  return things[Math.floor(Math.random() * things.length)];
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
