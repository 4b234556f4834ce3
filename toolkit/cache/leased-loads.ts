import type { RedisClient } from "../redis/connect";
import type { EntrySlot } from "../redis/keys";
import { type CollectionParts, reportUnavailable } from "./collection-parts";
import { failLease, fillUnderLease, releaseLease } from "./lease";
import { refreshAtMs } from "./lifetime";
import { LoadDeadlineError, TooManyLoadsError } from "./load-errors";
import type { Loaded, Wanted } from "./loader";
import { notCompared } from "./near-cache";
import type { Flight } from "./process-view";
import { type Capture, captureVersions } from "./versions";

/** A value that this process has the right to load. */
export interface Leased<T> extends Wanted<T> {
  readonly slot: EntrySlot;
  readonly token: string;
  readonly flight: Flight;
}

/** Loads values under their leases, stores them, and tells the waiters if that fails. */
export class LeasedLoads<T> {
  readonly #parts: CollectionParts<T>;

  constructor(parts: CollectionParts<T>) {
    this.#parts = parts;
  }

  /** Several are loaded at once. Throws what the source throws. */
  async load(leased: readonly Leased<T>[], background = false): Promise<readonly Loaded<T>[]> {
    const { context, view, loader } = this.#parts;
    await view.catchUp();
    // From here on: what was changed before doesn't concern a value that is read now.
    const { place } = view;
    for (const { flight } of leased) flight.revoked = false;
    try {
      const loaded = await loader.load(leased, background);
      const stored = await this.#tell("fill", async (client) => {
        const tags = [...new Set(loaded.flatMap((each) => each.tags))];
        const before = view.changesSeen;
        const capture = place && (await captureVersions(client, context.slot, place, tags));
        if (capture !== undefined) view.learn(capture.versions, before);
        await Promise.all(leased.map((lease, at) => this.#fill(client, lease, loaded[at], capture)));
      });
      if (!stored) await this.release(leased);
      return loaded;
    } catch (error) {
      await this.#tell("fail", (client) => Promise.all(leased.map((lease) => this.#giveUp(client, lease, error))));
      throw error;
    }
  }

  /** Lets others load. Without an answer a lease may stand all the same, and nobody would use it. */
  async release(leased: readonly Pick<Leased<T>, "slot" | "token">[]): Promise<void> {
    await this.#tell("release", (client) =>
      Promise.all(leased.map(({ slot, token }) => releaseLease(client, slot, token))),
    );
  }

  async #fill(client: RedisClient, lease: Leased<T>, loaded: Loaded<T> | undefined, capture: Capture | undefined) {
    const { id, slot, token, flight } = lease;
    const versions = loaded && capture?.versionsFor(loaded.tags);
    if (loaded === undefined || versions === undefined) return releaseLease(client, slot, token);
    const fill = this.#parts.stored.encode(loaded, versions);
    const storedAtMs = await fillUnderLease(client, slot, { token, ...fill });
    if (storedAtMs === undefined) return;
    const softExpiryMs = storedAtMs + fill.softTtlMs;
    this.#parts.stored.keepNear(flight, {
      id,
      value: loaded.value,
      refreshAtMs: refreshAtMs(softExpiryMs, loaded.loadMs, this.#parts.context.random),
      softExpiryMs,
      hardExpiryMs: storedAtMs + fill.hardTtlMs,
      versions,
      comparedAt: notCompared,
      bytes: fill.frame.length,
    });
  }

  /** What was short only for this process or this invocation is no failure for the others. */
  #giveUp(client: RedisClient, { slot, token }: Leased<T>, error: unknown): Promise<void> {
    const ours =
      error instanceof TooManyLoadsError ||
      (error instanceof LoadDeadlineError && error.deadlineMs < this.#parts.options.loadDeadlineMs);
    if (ours) return releaseLease(client, slot, token);
    return failLease(client, slot, token, error instanceof Error ? error.name : typeof error);
  }

  /** Tells Redis what came of a load; that it couldn't costs the others some time, and the one who loaded nothing. */
  async #tell(operation: string, work: (client: RedisClient) => Promise<unknown>): Promise<boolean> {
    const { context } = this.#parts;
    try {
      await context.guard.run(operation, context.deadlineMs, work);
      return true;
    } catch (error) {
      reportUnavailable(context, operation, error);
      return false;
    }
  }
}
