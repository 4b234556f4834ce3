/** Many processes that run one program; those that are killed are replaced. */
import { buildSync } from "esbuild";
import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { temporaryFolder } from "../../local/setup/data-folder";
import { until } from "./until";

export interface ProcessFleetOptions {
  /** A TypeScript file. It ends what it does, and itself, when it gets the message "end". */
  readonly program: string;
  /** Its first argument, as JSON. */
  readonly settings: object;
  readonly processes: number;
  /** Told of one that ended by itself. */
  readonly onCrash: (code: number | null) => void;
}

export class ProcessFleet {
  readonly #options: ProcessFleetOptions;
  readonly #processes = new Set<ChildProcess>();
  #ended = false;

  constructor(options: ProcessFleetOptions) {
    this.#options = options;
    for (let count = 0; count < options.processes; count++) this.#begin();
  }

  get size(): number {
    return this.#processes.size;
  }

  async freezeOne(ms: number): Promise<void> {
    const process = oneOf([...this.#processes]);
    process?.kill("SIGSTOP");
    await pause(ms);
    process?.kill("SIGCONT");
  }

  killOne(): void {
    oneOf([...this.#processes])?.kill("SIGKILL");
  }

  /** Lets each process bring what it is doing to its end. @throws if one of them doesn't come to it */
  async end(): Promise<void> {
    this.#ended = true;
    // One that was just killed may not be known to be gone.
    for (const process of this.#processes) if (process.connected) process.send("end", () => undefined);
    await until("all processes have ended", () => this.#processes.size === 0);
  }

  stop(): Promise<void> {
    this.#ended = true;
    for (const process of this.#processes) process.kill("SIGKILL");
    return Promise.resolve();
  }

  #begin(): void {
    const process = fork(bundled(this.#options.program), [JSON.stringify(this.#options.settings)]);
    this.#processes.add(process);
    process.on("exit", (code, signal) => {
      this.#processes.delete(process);
      if (signal !== "SIGKILL" && !this.#ended) this.#options.onCrash(code);
      if (!this.#ended) this.#begin();
    });
  }
}

const bundles = new Map<string, string>();

/** Bundled once: a process begins in a tenth of the time that a compiler needs. */
export function bundled(program: string): string {
  const outfile = bundles.get(program) ?? join(temporaryFolder(), "program.cjs");
  if (!bundles.has(program)) buildSync({ entryPoints: [program], bundle: true, platform: "node", outfile });
  bundles.set(program, outfile);
  return outfile;
}

export function oneOf<T>(things: readonly T[]): T | undefined {
  return things[Math.floor(Math.random() * things.length)];
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Brings faults about, one at a time and in any order, with a pause before each; none again before each was there. */
export async function disturb(
  faults: readonly (() => unknown)[],
  seconds: number,
  { leastPauseMs, mostPauseMs } = { leastPauseMs: 100, mostPauseMs: 400 },
): Promise<void> {
  const endMs = performance.now() + seconds * 1_000;
  let left: (() => unknown)[] = [];
  while (performance.now() < endMs) {
    await pause(leastPauseMs + Math.random() * (mostPauseMs - leastPauseMs));
    if (left.length === 0) left = [...faults];
    const [fault] = left.splice(Math.floor(Math.random() * left.length), 1);
    await fault?.();
  }
}
