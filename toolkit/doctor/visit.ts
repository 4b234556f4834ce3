import { Redis } from "ioredis";
import { isIP } from "node:net";

const deadlineMs = 2_000;

/** A connection that nobody is signed in on yet, opened again when the server has closed it. */
export class Visit {
  readonly #options: { readonly host: string; readonly address: string; readonly port: number };
  #client: Redis | undefined;

  /** @param options `host` is what the certificate is for, `address` where it is */
  constructor(options: { readonly host: string; readonly address: string; readonly port: number }) {
    this.#options = options;
  }

  /** The text of the refusal, or `undefined` when it is signed in. @throws if there is no answer */
  async refusal(user: string, token: string): Promise<string | undefined> {
    try {
      await this.call("AUTH", user, token);
      return undefined;
    } catch (error) {
      if (error instanceof Error && error.name === "ReplyError") return error.message;
      throw error;
    }
  }

  async call(command: string, ...args: readonly string[]): Promise<unknown> {
    return (await this.#connected()).call(command, ...args);
  }

  close(): void {
    this.#client?.disconnect();
  }

  async #connected(): Promise<Redis> {
    if (this.#client?.status === "ready") return this.#client;
    const { host, address, port } = this.#options;
    const client = new Redis({
      host: address,
      port,
      tls: isIP(host) === 0 ? { servername: host } : {},
      lazyConnect: true,
      protocol: 2, // 3 would begin by saying who we are
      enableReadyCheck: false,
      disableClientInfo: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      connectTimeout: deadlineMs,
      commandTimeout: deadlineMs,
    });
    client.on("error", () => undefined); // what fails for it says so too
    await client.connect();
    this.#client = client;
    return client;
  }
}
