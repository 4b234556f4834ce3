/** A clone of the repository as it is now, to run `npm start` in without touching the one the tests run from. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { cloneFolder, dataFolder, temporaryFolder } from "../../local/setup/data-folder";

const parts = [
  "bin",
  "lib",
  "lambdas",
  "toolkit",
  "local",
  "cdk.json",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
];

/** With the same installed packages, and the same Redis if that was fetched. */
export function cloneOfThis(): string {
  const clone = temporaryFolder();
  const isSource = (path: string) => !path.endsWith("node_modules");
  for (const part of parts) cpSync(join(cloneFolder, part), join(clone, part), { recursive: true, filter: isSource });
  symlinkSync(join(cloneFolder, "node_modules"), join(clone, "node_modules"));
  const redis = join(dataFolder(), "redis-packages");
  if (existsSync(redis)) cpSync(redis, join(clone, ".larder", "redis-packages"), { recursive: true });
  return clone;
}

/** A command of package.json's scripts, running. */
export class Run {
  /** Resolves with the exit status. */
  readonly ended: Promise<number>;
  #output = "";
  #onOutput: () => void = () => undefined;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        this.#onOutput();
      });
    this.ended = once(child, "close").then(([status]) => Number(status));
  }

  static begin(clone: string, args: readonly string[], env: Readonly<Record<string, string>>): Run {
    const child = spawn(process.execPath, [join(clone, "local", "run.mjs"), ...args], {
      cwd: "/",
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new Run(child);
  }

  /** All that it has printed so far. */
  get output(): string {
    return this.#output;
  }

  prints(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onOutput = () => {
        if (this.#output.includes(text)) resolve();
      };
      this.#onOutput();
      void this.ended.then(() => reject(new Error(`it ended without printing "${text}":\n${this.#output}`)));
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
