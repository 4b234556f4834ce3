import type { Cluster, Redis } from "ioredis";
import slotOf from "cluster-key-slot";
import type { RedisClient } from "./connect";
import type { Guard } from "./guard";

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

  #send(): void {
    const reads = [...this.#waiting.values()].map(({ read }) => read);
    this.#waiting = new Map();
    this.#guard
      .run("get", this.#deadlineMs, (client) =>
        readAll(
          client,
          reads.map(({ key }) => key),
        ),
      )
      .then(
        (values) => reads.forEach(({ resolve }, at) => resolve(values[at] ?? null)),
        (error: unknown) => reads.forEach(({ reject }) => reject(error)),
      );
  }
}

function readAll(client: RedisClient, keys: string[]): Promise<(Buffer | null)[]> {
  return "slots" in client ? readFromNodes(client, keys) : client.mgetBuffer(keys);
}

/** Asks each node for its share; a key that has moved is asked for again, along its redirection. */
async function readFromNodes(cluster: Cluster, keys: string[]): Promise<(Buffer | null)[]> {
  const nodes = new Map(cluster.nodes("master").map((node) => [`${node.options.host}:${node.options.port}`, node]));
  const shares = Map.groupBy(keys, (key) => nodes.get(cluster.slots[slotOf(key)]?.[0] ?? ""));
  const values = new Map<string, Buffer | null>();
  const read = async (node: Redis | undefined, share: string[]) => {
    const pipeline = node?.pipeline();
    for (const key of share) pipeline?.getBuffer(key);
    const replies = (await pipeline?.exec()) ?? [];
    await Promise.all(
      share.map(async (key, at) => {
        const [error, value] = replies[at] ?? [new Error("no node is known for the key")];
        values.set(key, error === null && isValue(value) ? value : await cluster.getBuffer(key));
      }),
    );
  };
  await Promise.all([...shares].map(([node, share]) => read(node, share)));
  return keys.map((key) => values.get(key) ?? null);
}

function isValue(reply: unknown): reply is Buffer | null {
  return reply === null || Buffer.isBuffer(reply);
}
