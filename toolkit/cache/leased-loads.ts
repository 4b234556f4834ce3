import type { RedisClient } from "../redis/connect";
import { RedisUnavailableError } from "../redis/unavailable";
import type { EntrySlot } from "../redis/keys";
import { type CollectionParts, reportUnavailable } from "./collection-parts";
import type { Place } from "./change-log";
import { type Acquired, acquireLease, failLease, fillUnderLease, releaseLease } from "./lease";
import { LoadDeadlineError, TooManyLoadsError } from "./load-errors";
import type { Loaded, Wanted } from "./loader";
import type { Flight } from "./flight";
import type { Encoded } from "./stored-values";
import { type Capture, captureVersions } from "./versions";

/** A value that this process has the right to load. */
export interface Leased<T> extends Wanted<T> {
  readonly flight: Flight;
  readonly slot: EntrySlot;
  readonly token: string;
}

/** `unknown`: no answer came, and the lease may have been given. `refused`: it surely wasn't. */
export type AcquiredOrNot =
  | Acquired
  | { readonly state: "unknown"; readonly error: Error }
  | { readonly state: "refused"; readonly error: Error };

/** A lease to ask for. */
export type AskedLease = Pick<Leased<unknown>, "slot" | "token"> & { readonly seen: Buffer | null };

export interface LoadedUnderLease<T> extends Loaded<T> {
  /** `outdated`: what it depends on was changed meanwhile, or may have been, and it isn't. An error: Redis gave no answer. */
  readonly stored: "stored" | "outdated" | Error;
}

type Told<Reply> = { readonly reply: Reply } | { readonly error: Error };

/** Loads values under their leases, stores them, and tells the waiters if that fails. */
export class LeasedLoads<T> {
  readonly #parts: CollectionParts<T>;

  constructor(parts: CollectionParts<T>) {
    this.#parts = parts;
  }

  /** Asks for the lease of a value as it was seen. Without an answer it may have been given all the same, or surely wasn't. */
  async acquire(operation: string, { slot, token, seen }: AskedLease): Promise<AcquiredOrNot> {
    const { context, loader } = this.#parts;
    try {
      return await context.guard.run(
        operation,
        context.deadlineMs,
        (client) => acquireLease(client, slot, token, loader.leaseMs, seen),
        slot.entry,
      );
    } catch (error) {
      reportUnavailable(context, operation, error);
      const mayBeDone = error instanceof RedisUnavailableError && error.mayBeDone;
      return mayBeDone ? { state: "unknown", error } : { state: "refused", error: asError(error) };
    }
  }

  /** Several are loaded at once. Throws what the source throws. */
  async load(leased: readonly Leased<T>[], background = false): Promise<readonly LoadedUnderLease<T>[]> {
    const { view, loader } = this.#parts;
    await view.catchUp();
    // From here on: what was changed before doesn't concern a value that is read now.
    const { place } = view;
    for (const { flight } of leased) flight.revoked = false;
    try {
      const loaded = await loader.load(leased, background);
      const stored = await this.#store(leased, loaded, place);
      return loaded.map((each, at) => ({ ...each, stored: stored[at] ?? "outdated" }));
    } catch (error) {
      await Promise.all(leased.map((lease) => this.#giveUp(lease, error)));
      throw error;
    }
  }

  /** Lets others load. Without an answer a lease may stand all the same, and nobody would use it. */
  async release({ slot, token }: Pick<Leased<T>, "slot" | "token">): Promise<void> {
    await this.#tell("release", slot.entry, (client) => releaseLease(client, slot, token));
  }

  async #store(
    leased: readonly Leased<T>[],
    loaded: readonly Loaded<T>[],
    place: Place | undefined,
  ): Promise<readonly LoadedUnderLease<T>["stored"][]> {
    const { view, stored } = this.#parts;
    const before = view.changesSeen;
    const told = await this.#capture(place, [...new Set(loaded.flatMap((each) => each.tags))]);
    const capture = "reply" in told ? told.reply : undefined;
    if (capture !== undefined) view.learn(capture.versions, before);
    // All at first: compressing a long value takes time that isn't Redis'.
    const encoded = loaded.map((each) => {
      const versions = capture?.versionsFor(each.tags);
      return versions && stored.encode(each, versions);
    });
    return Promise.all(
      leased.map(async (lease, at) => {
        const each = encoded[at];
        if (each !== undefined) return this.#fill(lease, each);
        await this.release(lease);
        return "error" in told ? told.error : "outdated";
      }),
    );
  }

  async #capture(place: Place | undefined, tags: readonly string[]): Promise<Told<Capture | undefined>> {
    const { slot } = this.#parts.context;
    if (place === undefined) return { error: new RedisUnavailableError("log", "failed") };
    return this.#tell("versions", slot.log, (client) => captureVersions(client, slot, place, tags));
  }

  /** Without an answer, the lease mustn't stand. */
  async #fill(lease: Leased<T>, encoded: Encoded<T>): Promise<LoadedUnderLease<T>["stored"]> {
    const { view, stored } = this.#parts;
    const { slot, token, flight } = lease;
    const told = await this.#tell("fill", slot.entry, (client) => fillUnderLease(client, slot, { token, ...encoded }));
    if ("error" in told) {
      await this.release(lease);
      return told.error;
    }
    if (told.reply === undefined) return "outdated";
    const frame = encoded.storedAt(told.reply);
    view.keep(flight, frame, stored.dueMs(frame));
    return "stored";
  }

  /** What was short only for this process or this invocation is no failure for the others. */
  async #giveUp(lease: Leased<T>, error: unknown): Promise<void> {
    const ours =
      error instanceof TooManyLoadsError ||
      (error instanceof LoadDeadlineError && error.deadlineMs < this.#parts.options.loadDeadlineMs);
    if (ours) return this.release(lease);
    const { slot, token } = lease;
    const reason = error instanceof Error ? error.name : typeof error;
    await this.#tell("fail", slot.entry, (client) => failLease(client, slot, token, reason));
  }

  /** Tells Redis what came of a load. Without an answer it costs the others some time, and the one who loaded nothing. */
  async #tell<Reply>(
    operation: string,
    key: string,
    work: (client: RedisClient) => Promise<Reply>,
  ): Promise<Told<Reply>> {
    const { context } = this.#parts;
    try {
      return { reply: await context.guard.run(operation, context.deadlineMs, work, key) };
    } catch (error) {
      reportUnavailable(context, operation, error);
      return { error: asError(error) };
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
