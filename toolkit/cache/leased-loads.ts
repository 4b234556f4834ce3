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
import { captureVersions } from "./versions";

/** A value that this process has the right to load. */
export interface Leased<T> extends Wanted<T> {
  readonly flight: Flight;
  readonly slot: EntrySlot;
  readonly token: string;
}

/** `unknown`: no answer came, and the lease may have been given. `refused`: it surely wasn't. */
export type AcquiredOrNot = Acquired | { readonly state: "unknown" } | { readonly state: "refused" };

/** A lease to ask for. */
export type AskedLease = Pick<Leased<unknown>, "slot" | "token"> & { readonly seen: Buffer | null };

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
      return { state: error instanceof RedisUnavailableError && error.mayBeDone ? "unknown" : "refused" };
    }
  }

  /** Several are loaded at once. Throws what the source throws. */
  async load(leased: readonly Leased<T>[], background = false): Promise<readonly Loaded<T>[]> {
    const { view, loader } = this.#parts;
    await view.catchUp();
    // From here on: what was changed before doesn't concern a value that is read now.
    const { place } = view;
    for (const { flight } of leased) flight.revoked = false;
    try {
      const loaded = await loader.load(leased, background);
      await this.#store(leased, loaded, place);
      return loaded;
    } catch (error) {
      await Promise.all(leased.map((lease) => this.#giveUp(lease, error)));
      throw error;
    }
  }

  /** Lets others load. Without an answer a lease may stand all the same, and nobody would use it. */
  async release({ slot, token }: Pick<Leased<T>, "slot" | "token">): Promise<void> {
    await this.#tell("release", slot.entry, (client) => releaseLease(client, slot, token));
  }

  async #store(leased: readonly Leased<T>[], loaded: readonly Loaded<T>[], place: Place | undefined): Promise<void> {
    const { context, view, stored } = this.#parts;
    const tags = [...new Set(loaded.flatMap((each) => each.tags))];
    const before = view.changesSeen;
    const capture =
      place &&
      (await this.#tell("versions", context.slot.log, (client) => captureVersions(client, context.slot, place, tags)));
    if (capture !== undefined) view.learn(capture.versions, before);
    // All at first: compressing a long value takes time that isn't Redis'.
    const encoded = loaded.map((each) => {
      const versions = capture?.versionsFor(each.tags);
      return versions && stored.encode(each, versions);
    });
    await Promise.all(leased.map((lease, at) => this.#fill(lease, encoded[at])));
  }

  /** Without a value that may be stored, or without an answer, the lease mustn't stand. */
  async #fill(lease: Leased<T>, encoded: Encoded<T> | undefined): Promise<void> {
    const { view, stored } = this.#parts;
    const { slot, token, flight } = lease;
    const answer =
      encoded &&
      (await this.#tell("fill", slot.entry, async (client) => ({
        storedAtMs: await fillUnderLease(client, slot, { token, ...encoded }),
      })));
    if (encoded === undefined || answer === undefined) return this.release(lease);
    if (answer.storedAtMs === undefined) return;
    const frame = encoded.storedAt(answer.storedAtMs);
    view.keep(flight, frame, stored.dueMs(frame));
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

  /** Tells Redis what came of a load. `undefined`: it gave no answer, which costs the others some time, and the one who loaded nothing. */
  async #tell<Reply>(
    operation: string,
    key: string,
    work: (client: RedisClient) => Promise<Reply>,
  ): Promise<Reply | undefined> {
    const { context } = this.#parts;
    try {
      return await context.guard.run(operation, context.deadlineMs, work, key);
    } catch (error) {
      reportUnavailable(context, operation, error);
      return undefined;
    }
  }
}
