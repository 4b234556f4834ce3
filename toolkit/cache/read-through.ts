import { randomUUID } from "node:crypto";
import type { RedisClient } from "../redis/connect";
import { type EntrySlot, entrySlot } from "../redis/keys";
import { RedisUnavailableError } from "../redis/unavailable";
import { awaitFill } from "./await-fill";
import { everything } from "./change";
import type { CollectionContext, CollectionOptions, Lookup } from "./collection-options";
import { decodeFrame, encodeFrame, type Frame, type Versions } from "./frame";
import { frozen } from "./freeze";
import { acquireLease, failLease, fillUnderLease, releaseLease } from "./lease";
import { LoadFailedError } from "./load-failed";
import type { NearValue } from "./near-cache";
import type { Flight, ProcessView } from "./process-view";
import { captureVersions, fetchVersions } from "./versions";

/** How long a loader may keep the others waiting. One that takes longer still answers its own caller, but stores nothing. */
const leaseMs = 5_000;
const longestMissingTtlMs = 10_000;

type Found<T> =
  | { readonly state: "found"; readonly frame: Frame<T> }
  /** `surely`: Redis said so. Otherwise it gave no answer, and may have given the lease all the same. */
  | { readonly state: "leased"; readonly token: string; readonly surely: boolean }
  | { readonly state: "failed"; readonly reason: string };

interface Begun {
  readonly entry: Promise<Buffer | null>;
  /** Whether what this process knows of versions may be used. */
  readonly proven: boolean;
}

/** The way of one lookup past the near cache: Redis, then the source under a lease, or the source alone. */
export class ReadThrough<T> {
  readonly #context: CollectionContext;
  readonly #options: CollectionOptions<T>;
  readonly #view: ProcessView<T>;
  /** That a frame holds a `T` is the word of the collection's name and of the frame's format. */
  readonly #parse: (json: string) => T = JSON.parse;

  constructor(context: CollectionContext, options: CollectionOptions<T>, view: ProcessView<T>) {
    this.#context = context;
    this.#options = options;
    this.#view = view;
  }

  /** Reads the entry in Redis, together with the other reads of this tick. */
  readEntry(id: string): Promise<Buffer | null> {
    const entry = this.#context.reads.get(entrySlot(this.#context.name, id).entry);
    entry.catch(() => undefined); // it may turn out that nobody needs it
    return entry;
  }

  /** `entry` was read after the flight began. */
  async lookup(id: string, flight: Flight, { entry, proven }: Begun): Promise<Lookup<T>> {
    const slot = entrySlot(this.#context.name, id);
    const found = await this.#findOrLease(slot, { entry, proven }).catch((error: unknown) =>
      this.#unavailable("get", error),
    );
    switch (found.state) {
      case "found":
        this.#keepNear(id, flight, found.frame);
        return { value: found.frame.value, tier: "redis" };
      case "leased":
        return {
          value: await this.#loadUnderLease(id, slot, flight, found.token),
          tier: found.surely ? "load" : "bypass",
        };
      case "failed":
        throw new LoadFailedError(this.#context.name, id, found.reason);
      case "unavailable":
        return this.bypass(id);
    }
  }

  /** From the source, past Redis. */
  async bypass(id: string): Promise<Lookup<T>> {
    return { value: this.#asStored(await this.#options.load(id)), tier: "bypass" };
  }

  /** The value, or the right to load it. Where another one has that right, waits for what comes of it. */
  async #findOrLease(slot: EntrySlot, { entry, proven }: Begun): Promise<Found<T>> {
    const { guard, reads, deadlineMs, name, emit } = this.#context;
    const token = randomUUID();
    const waitedFor = new Set<string>();
    let seen = await entry;
    for (;;) {
      const frame = seen === null ? undefined : decodeFrame(seen, this.#parse);
      if (frame !== undefined && (await this.#areCurrent(frame.versions, proven)))
        return { state: "found", frame: { ...frame, value: frozen(frame.value) } };

      const answer = await guard
        .run("lease", deadlineMs, (client) => acquireLease(client, slot, token, leaseMs, seen))
        .catch((error: unknown) => this.#unanswered("lease", error));
      if (answer === undefined) return { state: "leased", token, surely: false };
      if (answer.state === "acquired") return { state: "leased", token, surely: true };
      if (answer.state === "failed") return answer;
      if (answer.state === "changed") seen = answer.frame;
      else {
        emit({ type: "wait", collection: name });
        waitedFor.add(answer.token);
        const fill = await awaitFill(reads, slot, { ...answer, seen, waitedFor });
        if (fill.state === "filled") seen = fill.frame;
      }
    }
  }

  /** Whether a frame's versions are those of now: as this process knows them, if that is proven, else as Redis says. */
  async #areCurrent(versions: Versions, proven: boolean): Promise<boolean> {
    const { guard, deadlineMs, slot } = this.#context;
    const tags = Object.keys(versions);
    const unknown = proven ? tags.filter((tag) => this.#view.version(tag) === undefined) : tags;
    const before = this.#view.changesSeen;
    const fetched =
      unknown.length === 0
        ? {}
        : await guard.run("versions", deadlineMs, (client) => fetchVersions(client, slot, unknown));
    this.#view.learn(fetched, before);
    return tags.every((tag) => (fetched[tag] ?? this.#view.version(tag)) === versions[tag]);
  }

  async #loadUnderLease(id: string, slot: EntrySlot, flight: Flight, token: string): Promise<T | undefined> {
    const { ttlMs, missingTtlMs = Math.min(ttlMs, longestMissingTtlMs) } = this.#options;
    await this.#view.catchUp();
    // From here on: what was changed before doesn't concern a value that is read now.
    const { place } = this.#view;
    flight.revoked = false;
    const begunMs = performance.now();
    try {
      const value = this.#asStored(await this.#options.load(id));
      const loadMs = performance.now() - begunMs;
      await this.#tell("fill", async (client) => {
        const tags = [everything, ...(value === undefined ? [] : (this.#options.tags?.(value) ?? []))];
        const entryHash = flight.hash;
        const before = this.#view.changesSeen;
        const versions = place && (await captureVersions(client, this.#context.slot, { place, entryHash, tags }));
        if (versions === undefined) return releaseLease(client, slot, token);
        this.#view.learn(versions, before);
        const lifetimeMs = value === undefined ? missingTtlMs : ttlMs;
        const frame = encodeFrame(value, loadMs, versions);
        const storedAtMs = await fillUnderLease(client, slot, token, frame, lifetimeMs);
        if (storedAtMs === undefined) return;
        const expiryMs = storedAtMs + lifetimeMs;
        this.#keepNear(id, flight, {
          value,
          versions,
          softExpiryMs: expiryMs,
          hardExpiryMs: expiryMs,
          bytes: frame.length,
        });
      });
      return value;
    } catch (error) {
      const reason = error instanceof Error ? error.name : typeof error;
      await this.#tell("fail", (client) => failLease(client, slot, token, reason));
      throw error;
    }
  }

  /** Unless something was changed since the flight began: what it brings may be older than that. */
  #keepNear(id: string, flight: Flight, value: Omit<NearValue<T>, "id">): void {
    if (!flight.revoked) this.#view.near.set(flight.hash, { ...value, id });
  }

  /** Tells Redis what came of a load; that it couldn't costs the others some time, and the one who loaded nothing. */
  async #tell(operation: string, work: (client: RedisClient) => Promise<unknown>): Promise<void> {
    const { guard, deadlineMs } = this.#context;
    await guard.run(operation, deadlineMs, work).catch((error: unknown) => this.#unavailable(operation, error));
  }

  #asStored(loaded: T | undefined): T | undefined {
    return loaded === undefined ? undefined : frozen(this.#parse(JSON.stringify(loaded)));
  }

  /** For a command that may have been carried out although no answer came; throws if it surely wasn't. */
  #unanswered(operation: string, error: unknown): undefined {
    if (!(error instanceof RedisUnavailableError && /deadline|failed/.test(error.reason))) throw error;
    this.#unavailable(operation, error);
  }

  /** A reply that is an error, such as OOM from a full Redis, is a fault of the cache too: it must not fail the reader. */
  #unavailable(operation: string, error: unknown): { readonly state: "unavailable" } {
    const reason = error instanceof RedisUnavailableError ? error.reason : "failed";
    this.#context.emit({ type: "unavailable", collection: this.#context.name, operation, reason });
    return { state: "unavailable" };
  }
}
