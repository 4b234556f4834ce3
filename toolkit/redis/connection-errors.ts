import type { Redis } from "ioredis";
import { errorMonitor } from "node:events";
import type { RedisClient } from "./connect";
import { signInsOf } from "./sign-ins";
import { withoutCommand } from "./without-command";

/** What a command says that was closed with its connection. Why it was closed is said by another error. */
const closed = "Connection is closed.";

/** Why a client has no connection: the last error since it was connected, of one of its nodes if it is a cluster's. */
export class ConnectionErrors {
  readonly #client: RedisClient;
  #last: { readonly node: string | undefined; readonly error: Error } | undefined;

  constructor(client: RedisClient) {
    this.#client = client;
    // A monitor is no listener: where nobody listens, ioredis goes on printing its errors.
    if (!("slots" in client)) client.on(errorMonitor, (error: Error) => this.#note(error, undefined));
    client.on("node error", (error: Error, node: string) => this.#note(error, node));
    client.on("ready", () => (this.#last = undefined));
  }

  /** The last, unless it is of another node than the one that is asked for, while the others serve. */
  of(node: string | undefined): Error | undefined {
    const isAnothers = node !== undefined && this.#client.status === "ready" && this.#last?.node !== node;
    return isAnothers ? undefined : this.#last?.error;
  }

  connected({ options: { host = "", port = 0 } }: Redis): void {
    if (this.#last?.node === `${host}:${port}`) this.#last = undefined;
  }

  #note(error: Error, node: string | undefined): void {
    if (error.message === closed && this.#last !== undefined) return;
    // Where no password could be had, that is why the server refuses what was sent in its place.
    this.#last = { node, error: signInsOf(this.#client)?.passwordError ?? withoutCommand(error) };
  }
}
