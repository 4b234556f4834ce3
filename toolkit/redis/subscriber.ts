import { Redis } from "ioredis";
import type { RedisClient } from "./connect";
import { signInsOf } from "./sign-ins";

/** Hears of what is published on one channel. */
export interface Listener {
  readonly onMessage: (message: string) => void;
  /** What is published from now on is heard; what was before may have been missed. Called each time that begins. */
  readonly onListening: () => void;
  /** The client was disconnected: nothing is heard any more. */
  readonly onEnd: () => void;
}

const reopenAfterMs = 100;

/**
 * One connection for all that a process listens to: opened when somebody listens for the first time, opened again only
 * while somebody does, closed with the client that it was made from.
 *
 * What is published while it is lost is missed, so a message may only say sooner what a timer would have said later. Its
 * commands pass no guard: nobody waits for them.
 */
export class Subscriber {
  readonly #client: RedisClient;
  readonly #listeners = new Map<string, Set<Listener>>();
  /** The channels that Redis has confirmed. */
  readonly #confirmed = new Set<string>();
  #connection: Redis | undefined;
  #reopening: NodeJS.Timeout | undefined;

  constructor(client: RedisClient) {
    this.#client = client;
    client.once("end", () => {
      this.#connection?.disconnect();
      for (const channel of this.#listeners.keys()) this.#tell(channel, ({ onEnd }) => onEnd());
    });
  }

  /** Whether all that is published on a channel is heard already. */
  isListening(channel: string): boolean {
    return this.#confirmed.has(channel);
  }

  listen(channel: string, listener: Listener): void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(listener));
    if (this.isListening(channel)) listener.onListening();
    else if (this.#connection === undefined) this.#open();
    else if (listeners.size === 1 && this.#connection.status === "ready") this.#subscribe(this.#connection, [channel]);
  }

  ignore(channel: string, listener: Listener): void {
    const listeners = this.#listeners.get(channel);
    if (listeners?.delete(listener) !== true || listeners.size > 0) return;
    this.#listeners.delete(channel);
    this.#confirmed.delete(channel);
    if (this.#connection?.status === "ready") this.#connection.unsubscribe(channel).catch(alreadyReported);
  }

  #open(): void {
    clearTimeout(this.#reopening);
    const node = "slots" in this.#client ? this.#client.nodes("master")[0] : this.#client;
    if (node === undefined || this.#client.status === "end") {
      this.#reopen();
      return;
    }
    const connection = new Redis({
      ...node.options,
      lazyConnect: true,
      autoResubscribe: false,
      enableOfflineQueue: false,
      retryStrategy: () => null,
    });
    signInsOf(this.#client)?.add(connection);
    this.#connection = connection;
    connection.on("error", alreadyReported);
    connection.on("message", (channel, message) => this.#tell(channel, ({ onMessage }) => onMessage(message)));
    connection.once("ready", () => this.#subscribe(connection, [...this.#listeners.keys()]));
    connection.once("end", () => {
      this.#connection = undefined;
      this.#confirmed.clear();
      this.#reopen();
    });
    connection.connect().catch(alreadyReported);
  }

  #reopen(): void {
    if (this.#listeners.size === 0 || this.#client.status === "end") return;
    this.#reopening = setTimeout(() => this.#open(), reopenAfterMs).unref();
  }

  #subscribe(connection: Redis, channels: readonly string[]): void {
    if (channels.length === 0) return;
    connection.subscribe(...channels).then(() => {
      for (const channel of channels) {
        if (!this.#listeners.has(channel)) continue;
        this.#confirmed.add(channel);
        this.#tell(channel, ({ onListening }) => onListening());
      }
    }, alreadyReported);
  }

  #tell(channel: string, what: (listener: Listener) => void): void {
    for (const listener of this.#listeners.get(channel) ?? []) what(listener);
  }
}

const subscribers = new WeakMap<RedisClient, Subscriber>();

/** The client's subscriber. There is one for each client. */
export function subscriberOf(client: RedisClient): Subscriber {
  const subscriber = subscribers.get(client) ?? new Subscriber(client);
  subscribers.set(client, subscriber);
  return subscriber;
}

function alreadyReported(): void {
  // Whatever is wrong with the connection, the client that it was made from tells of it.
}
