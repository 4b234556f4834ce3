import type { RedisClient } from "../redis/connect";
import type { EntrySlot } from "../redis/keys";
import { type CollectionParts, reportUnavailable } from "./collection-parts";
import type { Place } from "./change-log";
import { type Acquired, acquireLease, failLease, fillUnderLease, releaseLease } from "./lease";
import { LoadDeadlineError, TooManyLoadsError } from "./load-errors";
import type { Loaded, Wanted } from "./loader";
import type { Asked } from "./process-view";
import { captureVersions } from "./versions";

/** A value that this process has the right to load. */
export interface Leased<T> extends Wanted<T>, Asked {
  readonly slot: EntrySlot;
  readonly token: string;
}

/** A lease to ask for. */
export type AskedLease = Pick<Leased<unknown>, "slot" | "token"> & { readonly seen: Buffer | null };

/** Loads values under their leases, stores them, and tells the waiters if that fails. */
export class LeasedLoads<T> {
  readonly #parts: CollectionParts<T>;

  constructor(parts: CollectionParts<T>) {
    this.#parts = parts;
  }

  /** Asks for the leases of values as they were seen, all at once. Throws as `Guard.run`. */
  acquire(operation: string, asked: readonly AskedLease[]): Promise<Acquired[]> {
    const { context, loader } = this.#parts;
    return context.guard.run(operation, context.deadlineMs, (client) =>
      Promise.all(asked.map(({ slot, token, seen }) => acquireLease(client, slot, token, loader.leaseMs, seen))),
    );
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
      if (!(await this.#store(leased, loaded, place))) await this.release(leased);
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

  /** `false`: the leases may stand still. */
  async #store(leased: readonly Leased<T>[], loaded: readonly Loaded<T>[], place: Place | undefined): Promise<boolean> {
    const { context, view, stored } = this.#parts;
    if (place === undefined) return false;
    const tags = [...new Set(loaded.flatMap((each) => each.tags))];
    const before = view.changesSeen;
    const capture = await this.#tell("versions", (client) => captureVersions(client, context.slot, place, tags));
    if (capture === undefined) return false;
    view.learn(capture.versions, before);
    // Compressing a long value takes time that isn't Redis'.
    const encoded = loaded.map((each) => {
      const versions = capture.versionsFor(each.tags);
      return versions && stored.encode(each, versions);
    });
    const storedAtMs = await this.#tell("fill", (client) =>
      Promise.all(
        leased.map(async ({ slot, token }, at) => {
          const fill = encoded[at];
          if (fill !== undefined) return fillUnderLease(client, slot, { token, ...fill });
          await releaseLease(client, slot, token);
          return undefined;
        }),
      ),
    );
    leased.forEach((asked, at) => {
      const nowMs = storedAtMs?.[at];
      const frame = nowMs === undefined ? undefined : encoded[at]?.storedAt(nowMs);
      if (frame !== undefined) stored.keepNear(asked, frame);
    });
    return storedAtMs !== undefined;
  }

  /** What was short only for this process or this invocation is no failure for the others. */
  #giveUp(client: RedisClient, { slot, token }: Leased<T>, error: unknown): Promise<void> {
    const ours =
      error instanceof TooManyLoadsError ||
      (error instanceof LoadDeadlineError && error.deadlineMs < this.#parts.options.loadDeadlineMs);
    if (ours) return releaseLease(client, slot, token);
    return failLease(client, slot, token, error instanceof Error ? error.name : typeof error);
  }

  /** Tells Redis what came of a load. `undefined`: it gave no answer, which costs the others some time, and the one who loaded nothing. */
  async #tell<Reply>(operation: string, work: (client: RedisClient) => Promise<Reply>): Promise<Reply | undefined> {
    const { context } = this.#parts;
    try {
      return await context.guard.run(operation, context.deadlineMs, work);
    } catch (error) {
      reportUnavailable(context, operation, error);
      return undefined;
    }
  }
}
