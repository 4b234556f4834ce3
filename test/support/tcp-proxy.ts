/**
 * The network before a server, for a test to break: what a client sent arrives while its answer is lost, connections are
 * cut, nothing moves for a while, or the address leads to another server.
 *
 * A fault may strike a share of the connections, at random. No byte is lost in the midst of a connection: TCP loses none. A reply is lost by losing all that come after it as well.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  cutAfterNextCommand: boolean;
}

export class TcpProxy {
  readonly #listener: Server;
  readonly #links = new Set<Link>();
  #target: number | undefined;
  #stalled = false;

  private constructor(target: number) {
    this.#target = target;
    this.#listener = createServer((client) => this.#accept(client));
  }

  /** Resolves when clients can connect to `port`. */
  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#listener.listen({ host: "127.0.0.1", port: 0 }, resolve));
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Cuts every connection; new ones lead to this port, or are refused where there is none. */
  lead(target: number | undefined): void {
    this.#target = target;
    this.#stalled = false;
    this.cut();
  }

  cut(share = 1): void {
    for (const { client, server } of this.#some(share)) {
      client.destroy();
      server.destroy();
    }
  }

  /** The next command still arrives, but the client never hears of it: its connection is cut. */
  cutAfterNextCommand(share = 1): void {
    for (const link of this.#some(share)) link.cutAfterNextCommand = true;
  }

  /** What the server says on present connections is lost from now on; what clients send still arrives. */
  loseReplies(share = 1): void {
    for (const { server, client } of this.#some(share)) {
      server.unpipe(client);
      server.resume();
    }
  }

  /** Nothing moves until `resume`; then all that was sent arrives, however late. */
  stall(): void {
    this.#stalled = true;
    for (const { client, server } of this.#links) {
      client.pause();
      server.pause();
    }
  }

  resume(): void {
    this.#stalled = false;
    for (const { client, server } of this.#links) {
      client.resume();
      server.resume();
    }
  }

  async stop(): Promise<void> {
    this.lead(undefined);
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #some(share: number): Link[] {
    return [...this.#links].filter(() => Math.random() < share);
  }

  #accept(client: Socket): void {
    if (this.#target === undefined) {
      client.destroy();
      return;
    }
    const server = connect({ host: "127.0.0.1", port: this.#target, noDelay: true });
    client.setNoDelay(true);
    const link: Link = { client, server, cutAfterNextCommand: false };
    this.#links.add(link);
    server.pipe(client);
    client.on("data", (command) => {
      server.write(command);
      if (!link.cutAfterNextCommand) return;
      client.destroy(); // the end of its input reaches the server behind the command
    });
    const close = () => {
      this.#links.delete(link);
      client.destroy();
      server.end(); // behind what was written to it
      server.resume();
    };
    for (const socket of [client, server]) socket.on("error", () => undefined).on("close", close); // a cut is no fault here
    if (this.#stalled) this.stall();
  }
}
