/** `client.py` as a process: it is asked by a line of JSON, and answers by one. */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ConnectOptions } from "@larder/toolkit";

const python = process.env.LARDER_PYTHON ?? "python3";

/** Whether there is a Python with what Debian 12 calls python3-redis. */
export function pythonHasRedis(): boolean {
  return spawnSync(python, ["-c", "from redis.cluster import RedisCluster"]).status === 0;
}

export class PythonClient {
  readonly #process;
  readonly #answers: AsyncIterator<string>;

  constructor(collection: string, { mode, host, port, credentials }: ConnectOptions) {
    const address = { host, port, username: credentials?.username, password: credentials?.password() };
    this.#process = spawn(python, [join(__dirname, "client.py")], {
      env: { ...process.env, LARDER_WIRE_FORMAT: JSON.stringify({ mode, collection, address }) },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  /** One request at a time. */
  async ask(method: string, ...args: readonly unknown[]): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify([method, ...args])}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`the Python client ended at ${method}: its error is printed above`);
    return JSON.parse(value);
  }

  /** It ends when it can't be asked any more. */
  end(): void {
    this.#process.stdin.end();
  }
}
