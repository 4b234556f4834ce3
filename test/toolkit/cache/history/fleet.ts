/** Many processes that use one cache, and what happened to them. */
import { join } from "node:path";
import { temporaryFolder } from "../../../../local/setup/data-folder";
import { monotonicMs } from "../../../support/monotonic";
import { ProcessFleet } from "../../../support/process-fleet";
import { until } from "../../../support/until";
import { eventsOf, type FaultEvent, type HistoryEvent, recorded, recorder } from "./events";
import type { WorkerSettings } from "./worker-settings";

export class Fleet {
  readonly #historyFolder = temporaryFolder();
  readonly #processes: ProcessFleet;
  readonly record: (event: HistoryEvent) => void;

  constructor(settings: Omit<WorkerSettings, "historyFolder">) {
    this.record = recorder(this.#historyFolder);
    this.#processes = new ProcessFleet({
      program: join(__dirname, "worker.ts"),
      settings: { ...settings, historyFolder: this.#historyFolder } satisfies WorkerSettings,
      processes: 4,
      onCrash: (code) => this.record({ type: "crash", code }),
    });
  }

  get history(): HistoryEvent[] {
    return recorded(this.#historyFolder);
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

  freezeOne(ms: number): Promise<void> {
    return this.during("pause", () => this.#processes.freezeOne(ms));
  }

  killOne(): void {
    this.#processes.killOne();
  }

  /** Lets each process bring what it is doing to its end. @throws if one of them doesn't come to it */
  async end(): Promise<HistoryEvent[]> {
    await this.#processes.end();
    return this.history;
  }

  stop(): Promise<void> {
    return this.#processes.stop();
  }
}
