import { randomUUID } from "node:crypto";
import type { BatchedReads } from "../redis/batched-reads";
import type { RedisClient } from "../redis/connect";
import type { Guard } from "../redis/guard";
import { type EntrySlot, entrySlot } from "../redis/keys";
import { RedisUnavailableError, type UnavailableReason } from "../redis/unavailable";
import { awaitFill } from "./await-fill";
import { decodeFrame, encodeFrame } from "./frame";
import { frozen } from "./freeze";
import { acquireLease, failLease, fillUnderLease } from "./lease";
import { LoadFailedError } from "./load-failed";

/** Where an answer came from: `redis`, or `load` from the source, or `bypass`: from the source because Redis gave no answer. */
export type Tier = "redis" | "load" | "bypass";

export interface Lookup<T> {
  /** `undefined` when the source has no such thing. Frozen: callers share it. */
  readonly value: T | undefined;
  readonly tier: Tier;
}

export interface CollectionOptions<T> {
  /** How long a value may be served after it was loaded. A whole number of milliseconds, at least 1. */
  readonly ttlMs: number;
  /** How long it may be said that there is no such thing. @default ttlMs, at most 10 seconds */
  readonly missingTtlMs?: number;
  /** Reads one value from the source; `undefined` for one that isn't there. */
  readonly load: (id: string) => Promise<T | undefined>;
}

export type CacheEvent =
  | { readonly type: "lookup"; readonly collection: string; readonly tier: Tier }
  /** Another caller in the fleet is loading the value, and this one waits for it. */
  | { readonly type: "wait"; readonly collection: string }
  | {
      readonly type: "unavailable";
      readonly collection: string;
      readonly operation: string;
      readonly reason: UnavailableReason;
    };

export interface CollectionContext {
  readonly name: string;
  readonly guard: Guard;
  readonly reads: BatchedReads;
  readonly deadlineMs: number;
  readonly emit: (event: CacheEvent) => void;
}

/** How long a loader may keep the others waiting. One that takes longer still answers its own caller, but stores nothing. */
const leaseMs = 5_000;
const longestMissingTtlMs = 10_000;

/** The cached values of one kind, each under an id, all with one source and one lifetime. */
export class Collection<T> {
  readonly #context: CollectionContext;
  readonly #options: CollectionOptions<T>;
  /** The lookups whose read hasn't been sent yet: who asks for the same in the same tick shares one. */
  readonly #unsent = new Map<string, Promise<Lookup<T>>>();
  /** That a frame holds a `T` is the word of the collection's name and of the frame's format. */
  readonly #parse: (json: string) => T = JSON.parse;

  constructor(context: CollectionContext, options: CollectionOptions<T>) {
    for (const [name, ms] of Object.entries({ ttlMs: options.ttlMs, missingTtlMs: options.missingTtlMs ?? 1 }))
      if (!Number.isSafeInteger(ms) || ms < 1)
        throw new RangeError(`${name} of collection ${context.name} is ${ms}: give a whole number of at least 1`);
    this.#context = context;
    this.#options = options;
  }

  /** The value under `id`, from Redis or else from the source. See `lookup`. */
  async get(id: string): Promise<T | undefined> {
    return (await this.lookup(id)).value;
  }

  /**
   * The value under `id`, and where it came from. It is what JSON makes of the loaded one, on a hit and on a load alike.
   *
   * On a miss one caller in the whole fleet loads; the rest wait for its value. Redis down, slow or full: each goes to the
   * source.
   *
   * @throws LoadFailedError when the load that this call waited for, or one a moment ago, has failed
   * @throws whatever `load` throws, when this call loads
   */
  lookup(id: string): Promise<Lookup<T>> {
    const unsent = this.#unsent.get(id);
    if (unsent !== undefined) return unsent;
    if (this.#unsent.size === 0) process.nextTick(() => this.#unsent.clear());
    const lookup = this.#lookup(id, entrySlot(this.#context.name, id)).then((found) => {
      this.#context.emit({ type: "lookup", collection: this.#context.name, tier: found.tier });
      return found;
    });
    this.#unsent.set(id, lookup);
    return lookup;
  }

  /**
   * Removes one or more values, so that the next `get` loads anew; a load that is under way is not stored. Call it after the
   * source has changed.
   *
   * @throws RedisUnavailableError when Redis didn't confirm: the old value may stay to its end, so call again
   */
  async invalidate(ids: string | readonly string[]): Promise<void> {
    const slots = [ids].flat().map((id) => entrySlot(this.#context.name, id));
    // One command for each: in a cluster they lie in different slots.
    await this.#context.guard.run("invalidate", this.#context.deadlineMs, (client) =>
      Promise.all(slots.map(({ entry, lease }) => client.unlink(entry, lease))),
    );
  }

  async #lookup(id: string, slot: EntrySlot): Promise<Lookup<T>> {
    const found = await this.#findOrLease(slot).catch((error: unknown) => this.#unavailable("get", error));
    switch (found.state) {
      case "found":
        return { value: found.value, tier: "redis" };
      case "leased":
        return { value: await this.#loadUnderLease(id, slot, found.token), tier: "load" };
      case "failed":
        throw new LoadFailedError(this.#context.name, id, found.reason);
      case "unavailable":
        return { value: this.#asStored(await this.#options.load(id)), tier: "bypass" };
    }
  }

  /** The value, or the right to load it. Where another one has that right, waits for what comes of it. */
  async #findOrLease(slot: EntrySlot): Promise<Found<T>> {
    const { guard, reads, deadlineMs } = this.#context;
    const token = randomUUID();
    const waitedFor = new Set<string>();
    let seen = await reads.get(slot.entry);
    for (;;) {
      const frame = seen === null ? undefined : decodeFrame(seen, this.#parse);
      if (frame !== undefined) return { state: "found", value: frozen(frame.value) };

      const answer = await guard.run("lease", deadlineMs, (client) => acquireLease(client, slot, token, leaseMs, seen));
      if (answer.state === "acquired") return { state: "leased", token };
      if (answer.state === "failed") return answer;
      if (answer.state === "changed") seen = answer.frame;
      else {
        this.#context.emit({ type: "wait", collection: this.#context.name });
        waitedFor.add(answer.token);
        const fill = await awaitFill(reads, slot, { ...answer, seen, waitedFor });
        if (fill.state === "filled") seen = fill.frame;
      }
    }
  }

  async #loadUnderLease(id: string, slot: EntrySlot, token: string): Promise<T | undefined> {
    const { ttlMs, missingTtlMs = Math.min(ttlMs, longestMissingTtlMs) } = this.#options;
    const begunMs = performance.now();
    try {
      const loaded = await this.#options.load(id);
      const value = this.#asStored(loaded);
      const lifetimeMs = value === undefined ? missingTtlMs : ttlMs;
      const frame = encodeFrame(value, performance.now() - begunMs, {});
      await this.#tell("fill", (client) => fillUnderLease(client, slot, token, frame, lifetimeMs));
      return value;
    } catch (error) {
      const reason = error instanceof Error ? error.name : typeof error;
      await this.#tell("fail", (client) => failLease(client, slot, token, reason));
      throw error;
    }
  }

  /** Tells Redis what came of a load; that it couldn't costs the others some time, and the one who loaded nothing. */
  async #tell(operation: string, work: (client: RedisClient) => Promise<unknown>): Promise<void> {
    const { guard, deadlineMs } = this.#context;
    await guard.run(operation, deadlineMs, work).catch((error: unknown) => this.#unavailable(operation, error));
  }

  #asStored(loaded: T | undefined): T | undefined {
    return loaded === undefined ? undefined : frozen(this.#parse(JSON.stringify(loaded)));
  }

  /** A reply that is an error, such as OOM from a full Redis, is a fault of the cache too: it must not fail the reader. */
  #unavailable(operation: string, error: unknown): { readonly state: "unavailable" } {
    const reason = error instanceof RedisUnavailableError ? error.reason : "failed";
    this.#context.emit({ type: "unavailable", collection: this.#context.name, operation, reason });
    return { state: "unavailable" };
  }
}

type Found<T> =
  | { readonly state: "found"; readonly value: T | undefined }
  | { readonly state: "leased"; readonly token: string }
  | { readonly state: "failed"; readonly reason: string };
