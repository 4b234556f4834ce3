/**
 * What stands before a node of ElastiCache: TLS, sign-in by IAM tokens, and the end of connections that signed in too long
 * ago. All else passes to a real Redis, and so do sign-ins, as those of a user it has: right, or wrong on purpose. So answers
 * keep their order and are Redis' own.
 */
import { readFileSync } from "node:fs";
import { connect, type AddressInfo, type Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { RedisAddress } from "../../local/servers/redis";
import type { ServerCertificate } from "./certificates";
import { faultOf, type SignInTarget } from "./iam-tokens";
import { respCommand, RespCommands } from "./resp-commands";

const connectionLifetimeMs = 12 * 3_600_000;

export interface FrontOptions {
  readonly redis: RedisAddress;
  readonly certificate: ServerCertificate;
  /** Asked at each sign-in. */
  readonly target: () => SignInTarget;
  readonly nowMs: () => number;
}

interface Link {
  readonly client: TLSSocket;
  readonly server: Socket;
  signedInMs: number | undefined;
  inTransaction: boolean;
}

export class ElastiCacheFront {
  /** Of each sign-in its fault, or "good", the latest last. */
  signIns: string[] = [];
  /** How often a client broke the rule that none signs in within a transaction. */
  signInsInTransactions = 0;
  /** How many connections were ended for their age. */
  ended = 0;
  readonly #options: FrontOptions;
  readonly #listener: Server;
  readonly #links = new Set<Link>();

  private constructor(options: FrontOptions) {
    this.#options = options;
    const { certificate, key } = options.certificate;
    this.#listener = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (client) =>
      this.#accept(client),
    );
    this.#listener.on("tlsClientError", () => undefined); // a client that doesn't trust us is its own affair
  }

  static async start(options: FrontOptions): Promise<ElastiCacheFront> {
    const front = new ElastiCacheFront(options);
    await new Promise<void>((resolve) => front.#listener.listen({ host: "127.0.0.1", port: 0 }, resolve));
    return front;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#links.size;
  }

  /** To be called when the clock has moved. */
  endOldConnections(): void {
    for (const link of this.#links) {
      if (link.signedInMs === undefined || this.#options.nowMs() - link.signedInMs < connectionLifetimeMs) continue;
      this.ended++;
      link.client.destroy();
    }
  }

  /** Counts anew. */
  forget(): void {
    [this.signIns, this.signInsInTransactions, this.ended] = [[], 0, 0];
  }

  async stop(): Promise<void> {
    for (const { client } of this.#links) client.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #accept(client: TLSSocket): void {
    const { host, port } = this.#options.redis;
    const link = { client, server: connect({ host, port }), signedInMs: undefined, inTransaction: false };
    this.#links.add(link);
    const commands = new RespCommands();
    client.on("data", (chunk) => {
      for (const words of commands.read(chunk)) link.server.write(this.#passed(link, words));
    });
    link.server.on("data", (reply) => client.write(reply));
    const close = () => {
      this.#links.delete(link);
      client.destroy();
      link.server.destroy();
    };
    for (const socket of [client, link.server]) socket.on("error", () => undefined).on("close", close);
  }

  #passed(link: Link, words: readonly Buffer[]): Buffer {
    const [name = "", ...args] = words.map(String);
    const command = name.toUpperCase();
    if (command === "MULTI") link.inTransaction = true;
    if (command === "EXEC" || command === "DISCARD") link.inTransaction = false;
    const auth = command === "AUTH" ? 0 : command === "HELLO" ? args.findIndex((arg) => /^auth$/i.test(arg)) + 1 : -1;
    if (auth < 0 || (command === "HELLO" && auth === 0)) return respCommand(...words);
    if (link.inTransaction) this.signInsInTransactions++;
    const [user = "", token = ""] = args.slice(auth);
    const isGood = this.#signIn(link, user, token) && !link.inTransaction;
    const { redis } = this.#options;
    args.splice(auth, 2, redis.user, isGood ? redis.password : "refused");
    return respCommand(name, ...args);
  }

  #signIn(link: Link, user: string, token: string): boolean {
    const nowMs = this.#options.nowMs();
    const fault = faultOf(token, user, this.#options.target(), nowMs);
    this.signIns.push(fault ?? "good");
    if (fault === undefined) link.signedInMs = nowMs;
    return fault === undefined;
  }
}
