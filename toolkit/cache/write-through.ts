import { randomUUID } from "node:crypto";
import { type EntrySlot, entrySlot } from "../redis/keys";
import { changeOfEntries, removeEntries } from "./changes";
import type { Place } from "./change-log";
import { type CollectionParts, reportUnavailable } from "./collection-parts";
import { fillUnderLease, seizeLease } from "./lease";
import type { Loaded } from "./loader";
import { captureVersions } from "./versions";

/**
 * The source was written, but Redis didn't confirm that the old value is gone: it may be served to its end. `value` is what
 * was written. Call `invalidate`, not `put`, again.
 */
export class PutNotConfirmedError<T> extends Error {
  override readonly name = "PutNotConfirmedError";

  constructor(
    collection: string,
    id: string,
    readonly value: T,
    options: ErrorOptions,
  ) {
    super(`${collection} ${id} is written, but its old value may still be served: invalidate it again`, options);
  }
}

/** Changes a value in the source and in the cache. */
export class WriteThrough<T> {
  readonly #parts: CollectionParts<T>;

  constructor(parts: CollectionParts<T>) {
    this.#parts = parts;
  }

  /**
   * Takes the lease before the commit, so that nothing older can be stored after it, and stores the new value under it. If
   * another one took the lease meanwhile, both values are in doubt, and the entry is invalidated instead.
   */
  async put<R extends T | undefined>(id: string, commit: () => Promise<R>): Promise<R> {
    const { context, view, loader } = this.#parts;
    const slot = entrySlot(context.name, id);
    const token = randomUUID();
    await context.guard
      .run("put", context.deadlineMs, (client) => seizeLease(client, slot, token, loader.leaseMs), slot.entry)
      .catch((error: unknown) => reportUnavailable(context, "put", error));
    await view.catchUp();
    const { place } = view;
    let committed: R;
    let loaded: Loaded<T>;
    try {
      committed = await commit();
      loaded = loader.asLoaded({ id, previous: undefined }, committed, 0);
    } catch (error) {
      // Whether it was written isn't known, so the old value mustn't stay.
      await this.#remove(id).catch((failure: unknown) => reportUnavailable(context, "put", failure));
      throw error;
    }
    if (!(await this.#store(id, slot, { token, place, loaded })))
      await this.#remove(id).catch((cause: unknown) => {
        throw new PutNotConfirmedError(context.name, id, committed, { cause });
      });
    view.changed(id);
    return committed;
  }

  /** `false`: it isn't sure that the value, and nothing older, is what everybody is served. */
  async #store(
    id: string,
    slot: EntrySlot,
    { token, place, loaded }: { readonly token: string; readonly place: Place | undefined; readonly loaded: Loaded<T> },
  ): Promise<boolean> {
    const { context, stored } = this.#parts;
    if (place === undefined) return false;
    try {
      const capture = await context.guard.run(
        "put",
        context.deadlineMs,
        (client) => captureVersions(client, context.slot, place, loaded.tags),
        context.slot.log,
      );
      const versions = capture?.versionsFor(loaded.tags);
      if (versions === undefined) return false;
      const fill = { token, ...stored.encode(loaded, versions) };
      const [storedAtMs] = await context.writes.send("put", [
        { key: slot.entry, send: (client) => fillUnderLease(client, slot, fill) },
      ]);
      if (storedAtMs === undefined) return false;
      await context.writes.send("put", [changeOfEntries(context, [id])]);
      return true;
    } catch (error) {
      reportUnavailable(context, "put", error);
      return false;
    }
  }

  async #remove(id: string): Promise<void> {
    try {
      await removeEntries(this.#parts.context, [id]);
    } finally {
      this.#parts.view.changed(id);
    }
  }
}
