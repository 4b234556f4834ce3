import type { Cluster, Redis } from "ioredis";
import type { Guard } from "./guard";
import { primariesOf } from "./primaries";

interface Read {
  readonly key: string;
  readonly resolve: (value: Buffer | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends the reads of one tick together: one `MGET` on a single primary, one pipeline for each node of a cluster.
 *
 * Reads of the same key become one. A read is never joined to one that was sent before, so it sees all that was done
 * before it was asked for.
 */
export class BatchedReads {
  readonly #guard: Guard;
  readonly #deadlineMs: number;
  #waiting = new Map<string, { promise: Promise<Buffer | null>; read: Read }>();

  constructor(guard: Guard, deadlineMs: number) {
    this.#guard = guard;
    this.#deadlineMs = deadlineMs;
  }

  /**
   * The string under `key`, or `null`.
   *
   * @throws RedisUnavailableError when no answer came within the deadline
   */
  get(key: string): Promise<Buffer | null> {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting.promise;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
    if (this.#waiting.size === 0) process.nextTick(() => this.#send());
    this.#waiting.set(key, { promise, read: { key, resolve, reject } });
    return promise;
  }

  /** The strings under several keys, at once; where `get` would throw, its error. */
  async getAll(keys: readonly string[]): Promise<(Buffer | null | Error)[]> {
    if ("slots" in this.#guard.client) return Promise.all(keys.map((key) => this.get(key).catch(asError)));
    try {
      return await this.#read(keys, () => this.#guard.client.mgetBuffer(...keys));
    } catch (error) {
      return keys.map(() => asError(error));
    }
  }

  #send(): void {
    const reads = [...this.#waiting.values()].map(({ read }) => read);
    this.#waiting = new Map();
    const { client } = this.#guard;
    if (!("slots" in client)) {
      this.#settle(reads, (keys) => client.mgetBuffer(...keys));
      return;
    }
    // Each node has a deadline of its own: one that hangs holds up its own keys only.
    const primaryOf = primariesOf(client);
    for (const [node, share] of Map.groupBy(reads, ({ key }) => primaryOf(key)))
      this.#settle(share, (keys) => readFromNode(client, node, keys));
  }

  #settle(reads: readonly Read[], readAll: (keys: string[]) => Promise<(Buffer | null)[]>): void {
    const keys = reads.map(({ key }) => key);
    this.#read(keys, () => readAll(keys)).then(
      (values) => reads.forEach(({ resolve }, at) => resolve(values[at] ?? null)),
      (error: unknown) => reads.forEach(({ reject }) => reject(error)),
    );
  }

  /** Of keys that lie on one node. */
  #read(keys: readonly string[], readAll: () => Promise<(Buffer | null)[]>): Promise<(Buffer | null)[]> {
    return this.#guard.run("get", this.#deadlineMs, readAll, keys[0]);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** A key that has moved is asked for again, along its redirection. */
async function readFromNode(cluster: Cluster, node: Redis | undefined, keys: string[]): Promise<(Buffer | null)[]> {
  const [first = ""] = keys;
  // One key, as most often, needs no pipeline.
  if (keys.length === 1 && node !== undefined)
    return [await node.getBuffer(first).catch(() => readAlone(cluster, first))];
  const pipeline = node?.pipeline();
  for (const key of keys) pipeline?.getBuffer(key);
  const replies = (await pipeline?.exec()) ?? [];
  return Promise.all(
    keys.map(async (key, at) => {
      const [error, value] = replies[at] ?? [new Error("no node is known for the key")];
      return error === null && isValue(value) ? value : await readAlone(cluster, key);
    }),
  );
}

/** What is no string is nothing, as it is to `MGET`: it mustn't fail the reads beside it. */
async function readAlone(cluster: Cluster, key: string): Promise<Buffer | null> {
  try {
    return await cluster.getBuffer(key);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("WRONGTYPE")) return null;
    throw error;
  }
}

function isValue(reply: unknown): reply is Buffer | null {
  return reply === null || Buffer.isBuffer(reply);
}
