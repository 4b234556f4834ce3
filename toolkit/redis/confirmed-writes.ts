import type { Redis } from "ioredis";
import type { RedisClient } from "./connect";
import { type Guard, guardOf } from "./guard";
import { markKey } from "./keys";
import { primariesOf, primaryNameOf } from "./primaries";
import { RedisUnavailableError } from "./unavailable";

/** Writes count as done once so many replicas have them, for a change that a failover must not undo. */
export interface Replicated {
  /** All replicas of a primary: one that is left out may be the next primary. */
  readonly replicas: number;
  /** A connection for this alone: `WAIT` holds up what is behind it. */
  readonly connection: RedisClient;
}

export interface Write {
  /** Decides on which primary. */
  readonly key: string;
  readonly send: (client: RedisClient) => Promise<unknown>;
}

/** Longer than a read's: nobody can answer a change from elsewhere. */
const usualDeadlineMs = 500;
const waitForReplicasMs = 200;

/** Writes that must not be lost unnoticed. */
export class ConfirmedWrites {
  readonly #guard: Guard;
  readonly #replicated: Replicated | undefined;

  /** @param guard of the connection that reads, which writes too if they needn't be replicated */
  constructor(guard: Guard, replicated: Replicated | undefined) {
    this.#guard = guard;
    this.#replicated = replicated;
  }

  /**
   * Sends the writes at once and resolves with their replies when all are confirmed.
   *
   * @throws RedisUnavailableError when one isn't; it may have been carried out nevertheless. `unreplicated`: it has been
   */
  async send(operation: string, writes: readonly Write[], deadlineMs = usualDeadlineMs): Promise<readonly unknown[]> {
    const replicated = this.#replicated;
    if (replicated === undefined) return this.#sendToPrimaries(operation, writes, deadlineMs);
    const { connection } = replicated;
    const shares = Map.groupBy(writes, ({ key }) => primaryNameOf(connection, key));
    const replies = new Map<Write, unknown>();
    const confirmed = await Promise.all(
      [...shares.values()].map((share) =>
        guardOf(connection).run(
          operation,
          deadlineMs,
          (client) => onPrimaries(client, share, replicated, replies),
          share[0]?.key,
        ),
      ),
    );
    if (!confirmed.every(Boolean)) throw new RedisUnavailableError(operation, "unreplicated");
    return writes.map((write) => replies.get(write));
  }

  /** Sends what couldn't be confirmed by replicas to the primaries all the same. Where those alone were asked, they have refused it already. */
  async sendUnconfirmed(operation: string, writes: readonly Write[]): Promise<void> {
    if (this.#replicated !== undefined)
      await this.#sendToPrimaries(operation, writes, usualDeadlineMs).catch(() => undefined);
  }

  #sendToPrimaries(operation: string, writes: readonly Write[], deadlineMs: number): Promise<readonly unknown[]> {
    return Promise.all(writes.map(({ key, send }) => this.#guard.run(operation, deadlineMs, send, key)));
  }
}

/** `false`: too few replicas have some of them. Adds to `replies`. */
async function onPrimaries(
  client: RedisClient,
  writes: readonly Write[],
  { replicas }: Replicated,
  replies: Map<Write, unknown>,
): Promise<boolean> {
  const shares = await byPrimary(client, writes);
  const confirmed = await Promise.all(
    [...shares].map(async ([primary, share]) => {
      if (primary === undefined) throw new Error("no primary is known for a key");
      const answers = await followingSlots(client, onPrimary(primary, share, replicas));
      share.forEach((write, at) => replies.set(write, answers?.[at]));
      return answers !== undefined;
    }),
  );
  return confirmed.every(Boolean);
}

/**
 * The writes by the primaries that hold their keys. ioredis drops a node whose connection has ended and goes on believing that it has
 * its slots: it looks for them when a command that it leads itself has failed, and these aren't led by it.
 */
async function byPrimary(
  client: RedisClient,
  writes: readonly Write[],
): Promise<ReadonlyMap<Redis | undefined, readonly Write[]>> {
  const shares = () => {
    const primaryOf = primariesOf(client);
    return Map.groupBy(writes, ({ key }) => primaryOf(key));
  };
  const known = shares();
  if (!known.has(undefined)) return known;
  await lookForSlots(client);
  return shares();
}

/**
 * `undefined`: too few replicas. `WAIT` speaks for the connection it is sent on, so it must be the one that answered the
 * writes: another may lead to a promoted replica that never had them.
 */
async function onPrimary(
  primary: Redis,
  writes: readonly Write[],
  replicas: number,
): Promise<readonly unknown[] | undefined> {
  // A cluster of one's own connects a node when it is first used.
  if (primary.status === "wait") primary.connect().catch(() => undefined);
  if (primary.status !== "ready") await new Promise((resolve) => primary.once("ready", resolve));
  const { stream } = primary;
  const sent = writes.map(({ send }) => send(primary));
  // From Redis 7.2 on WAIT waits for what this connection has written: a repeated removal, which finds nothing, writes nothing.
  const mark = primary.set(markKey(writes[0]?.key ?? ""), "", "PX", waitForReplicasMs);
  const [replies] = await Promise.all([Promise.all(sent), mark]);
  const have = await primary.wait(replicas, waitForReplicasMs);
  if (primary.stream !== stream) throw new Error("the connection was lost between a write and its confirmation");
  return have < replicas ? undefined : replies;
}

/** A slot that has moved is looked for, so that the next attempt finds it. */
async function followingSlots<T>(client: RedisClient, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!("slots" in client && error instanceof Error && /^(MOVED|ASK) /.test(error.message))) throw error;
    await lookForSlots(client);
    throw new Error("a slot has moved", { cause: error });
  }
}

/** Resolves when a node of a cluster has told the client where the slots are, or none has. */
async function lookForSlots(client: RedisClient): Promise<void> {
  if ("slots" in client) await new Promise<void>((resolve) => client.refreshSlotsCache(() => resolve()));
}
