/** A server that can be stopped, killed, frozen and brought back on the same port with the same data. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { ServerProcess } from "./server-process";

export class Server<Address> {
  readonly #exitListeners: (() => void)[] = [];
  #process: ServerProcess;
  #ending = false;

  private constructor(
    readonly address: Address,
    private readonly launch: () => Promise<ServerProcess>,
    process: ServerProcess,
  ) {
    this.#process = process;
    this.#watchProcess();
  }

  /** `launch` starts the process and resolves when it answers. */
  static async start<Address>(address: Address, launch: () => Promise<ServerProcess>): Promise<Server<Address>> {
    return new Server(address, launch, await launch());
  }

  get pid(): number {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.running;
  }

  /** The command that brings it back by hand. */
  get commandLine(): string {
    return this.#process.commandLine;
  }

  /** Calls back each time the server is gone without `stop` having been called. */
  onDeath(listener: () => void): void {
    this.#exitListeners.push(listener);
  }

  /** Stops it as a host that hangs does: connections stay open and nothing answers. */
  freeze(): void {
    // The parent first: it could start another child meanwhile.
    this.#process.signal("SIGSTOP");
    signalChildrenOf(this.pid, "SIGSTOP");
  }

  thaw(): void {
    signalChildrenOf(this.pid, "SIGCONT");
    this.#process.signal("SIGCONT");
  }

  /** Ends it and its children as a crash of their host does; its data stay. */
  async kill(): Promise<void> {
    this.#process.signal("SIGSTOP"); // or it would see to its children
    signalChildrenOf(this.pid, "SIGKILL");
    this.#process.signal("SIGKILL");
    await this.#process.exited;
  }

  async stop(): Promise<void> {
    this.#ending = true;
    if (this.running) this.thaw();
    await this.#process.end();
  }

  /** Brings it back on its port with its data, whether it runs or not; resolves when it answers. */
  async restart(): Promise<void> {
    if (this.running) await this.stop();
    this.#process = await this.launch();
    this.#ending = false;
    this.#watchProcess();
  }

  #watchProcess(): void {
    void this.#process.exited.then(() => {
      if (!this.#ending) for (const listener of this.#exitListeners) listener();
    });
  }
}

function signalChildrenOf(parent: number, signal: NodeJS.Signals): void {
  for (const pid of childrenOf(parent)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended while we were looking.
    }
  }
}

/** PostgreSQL gives each connection a process, in a session of its own, so that no group signal reaches them all. */
function childrenOf(pid: number): number[] {
  if (process.platform === "linux")
    return readdirSync("/proc")
      .map(Number)
      .filter((candidate) => parentOf(candidate) === pid);
  try {
    return execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map(Number);
  } catch {
    return []; // pgrep exits with 1 when there are none.
  }
}

function parentOf(pid: number): number | undefined {
  if (!Number.isInteger(pid)) return undefined;
  try {
    // "pid (name) state parent …", where the name may hold anything, brackets included.
    const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(parent);
  } catch {
    return undefined; // It ended while we were looking.
  }
}
