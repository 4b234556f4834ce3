/**
 * An address that stays while the server behind it changes, as an endpoint of ElastiCache does by its name. A connection leads to
 * where the address led when it was made, and ends with that server.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class RedisEndpoint {
  readonly #listener: Server;
  readonly #clients = new Set<Socket>();

  private constructor(portBehind: () => number) {
    this.#listener = createServer((client) => this.#accept(client, portBehind()));
  }

  /** Resolves when clients can connect. */
  static async start(portBehind: () => number): Promise<RedisEndpoint> {
    const endpoint = new RedisEndpoint(portBehind);
    endpoint.#listener.listen({ host: "127.0.0.1", port: 0 });
    await once(endpoint.#listener, "listening");
    return endpoint;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#listener.address();
    if (address === null || typeof address === "string") throw new Error("the endpoint doesn't listen any more");
    return address.port;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    this.#listener.close();
    await once(this.#listener, "close");
  }

  #accept(client: Socket, port: number): void {
    const server = connect({ host: "127.0.0.1", port, noDelay: true });
    client.setNoDelay(true);
    this.#clients.add(client);
    const end = () => {
      this.#clients.delete(client);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on("error", () => undefined).on("close", end); // an end is no fault here
    client.pipe(server).pipe(client);
  }
}
