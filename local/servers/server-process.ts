/**
 * One server process of ours: in a session of its own, so that Ctrl-C in a terminal reaches it only through us, and
 * ended also when we die without a chance to end it.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import type { ServerUser } from "./server-user";
import { whenWeEnd } from "./when-we-end";

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The server's working folder. */
  readonly folder: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly user?: ServerUser;
  /** The signal that asks this server to stop in good order. */
  readonly stopSignal: NodeJS.Signals;
  /** How a signal reaches the server. @default the process itself gets it */
  readonly sendSignal?: (signal: NodeJS.Signals) => void;
}

const patienceMs = 10_000;
const askAgainMs = 200;

export class ServerProcess {
  readonly pid: number;
  /** Resolves when the process is gone, whoever ended it. */
  readonly exited: Promise<void>;
  #running = true;

  private constructor(
    private readonly spec: ProcessSpec,
    private readonly child: ChildProcess,
    pid: number,
  ) {
    this.pid = pid;
    const callOff = whenWeEnd(endInShell, pid, spec.stopSignal.replace("SIG", ""));
    this.exited = new Promise((resolve) => {
      child.once("exit", () => {
        this.#running = false;
        callOff();
        resolve();
      });
    });
  }

  static async start(spec: ProcessSpec): Promise<ServerProcess> {
    const log = openSync(spec.logFile, "a", 0o600);
    const child = spawn(spec.command, spec.args, {
      ...spec.user,
      cwd: spec.folder,
      env: { PATH: process.env.PATH, ...spec.env },
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    child.unref();
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    if (child.pid === undefined) throw new Error(`${spec.command} has no process id`);
    return new ServerProcess(spec, child, child.pid);
  }

  get running(): boolean {
    return this.#running;
  }

  /** The command that starts it again, for a shell. */
  get commandLine(): string {
    const { user, env = {}, command, args } = this.spec;
    const as = user ? ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"] : [];
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value ?? ""}`);
    return ["env", ...variables, ...as, command, ...args]
      .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`))
      .join(" ");
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#running) return;
    if (this.spec.sendSignal) this.spec.sendSignal(signal);
    else this.child.kill(signal);
  }

  /** Resolves when the server answers. @throws with the end of its log if it exits first or takes 30 s. */
  async ready(answers: () => Promise<boolean>): Promise<void> {
    const giveUpAt = performance.now() + 30_000;
    while (!(await answers())) {
      if (!this.#running) throw new Error(`${this.spec.name} did not start:\n${this.#endOfLog()}`);
      if (performance.now() > giveUpAt) {
        await this.end();
        throw new Error(`${this.spec.name} does not answer after 30 s:\n${this.#endOfLog()}`);
      }
      await pause(20);
    }
  }

  /** Asks the server to stop, and kills it if it doesn't; a frozen one is thawed to hear it. */
  async end(): Promise<void> {
    this.signal(this.spec.stopSignal);
    this.signal("SIGCONT");
    // Redis says no while it writes the first file of a copy, and forgets that it was asked.
    const again = setInterval(() => this.signal(this.spec.stopSignal), askAgainMs);
    const timer = setTimeout(() => this.signal("SIGKILL"), patienceMs);
    await this.exited;
    clearInterval(again);
    clearTimeout(timer);
  }

  #endOfLog(): string {
    return readFileSync(this.spec.logFile, "utf8").trimEnd().split("\n").slice(-8).join("\n");
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** As `end`, in the words of a shell; arguments: process id, signal without its "SIG". */
const endInShell = `
  kill -CONT $1; kill -$2 $1
  for try in $(seq 100); do kill -0 $1 || exit; sleep 0.1; done
  kill -KILL $1`;
