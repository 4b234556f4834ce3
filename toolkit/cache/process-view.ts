import { RedisUnavailableError } from "../redis/unavailable";
import { withoutCommand } from "../redis/without-command";
import { type Change, hashOf } from "./change";
import { type Place, readLog } from "./change-log";
import type { CollectionContext } from "./collection-options";
import { Flight } from "./flight";
import type { Frame, Versions } from "./frame";
import { Kept } from "./kept";
import { KnownVersions } from "./known-versions";
import { elapsedMs, type Moment } from "../clock/moment";
import { NearCache } from "./near-cache";
import { RecentChanges } from "./recent-changes";

/** With more tags than this, a process asks Redis for their versions anew from time to time. */
const mostVersions = 20_000;

type ProcessViewOptions = Pick<
  CollectionContext,
  "name" | "slot" | "guard" | "deadlineMs" | "maxBytes" | "maxStalenessMs" | "clock" | "emit"
>;

/**
 * What one process keeps of a collection, and the proof that it is fresh enough.
 *
 * The proof is a reading of the collection's log. A kept value, a known version and a flight may be used for a call only
 * if such a reading was *sent* no earlier than `maxStalenessMs` before the call began. When the reading was answered says
 * nothing: what was changed after it was sent may be missing in it.
 */
export class ProcessView<T> {
  readonly #near: NearCache<T>;
  readonly #changedEntries = new RecentChanges();
  readonly #flights = new Set<Flight>();
  readonly #options: ProcessViewOptions;
  readonly #versions = new KnownVersions();
  #place: Place | undefined;
  /** When the last reading that was answered had been sent. */
  #provenAt: Moment | undefined;
  #reading: Promise<void> | undefined;
  #changesSeen = 0;
  /** Rises whenever what is kept may have become outdated. */
  #epoch = 0;

  constructor(options: ProcessViewOptions) {
    this.#options = options;
    const evicted = { type: "evict", collection: options.name } as const;
    this.#near = new NearCache(options.maxBytes, () => options.emit(evicted));
  }

  /** The last place in the log; what is read from the source after this call is newer than it. */
  get place(): Place | undefined {
    return this.#place;
  }

  isProven(began: Moment, maxStalenessMs = this.#options.maxStalenessMs): boolean {
    return this.#provenAt !== undefined && elapsedMs(this.#provenAt, began) <= maxStalenessMs;
  }

  /** Reads the log to its present end: before a load, which what was changed until now doesn't concern any more. */
  async catchUp(): Promise<void> {
    await this.prove(this.#options.clock(), 0);
  }

  /** Reads the log, if there is no proof for a call that began then. `false`: there is none to be had in time. */
  async prove(began: Moment, maxStalenessMs = this.#options.maxStalenessMs): Promise<boolean> {
    try {
      if (this.isProven(began, maxStalenessMs)) return true;
      // A reading that is under way may have been sent too early for this call.
      await this.#reading;
      if (this.isProven(began, maxStalenessMs)) return true;
      // The next one is sent after the call began, whatever the clocks say: the wall's may have been set back.
      await (this.#reading ??= this.#read().finally(() => (this.#reading = undefined)));
      return true;
    } catch (error) {
      // While Redis gives no answer, what comes next says so.
      if (!(error instanceof RedisUnavailableError)) this.#tellRefused(error);
      return false;
    }
  }

  /** The version of a tag as far as it is known here. */
  version(tag: string): number | undefined {
    return this.#versions.of(tag);
  }

  /** Begins a read or a load of a value; its end is told by `landed`. */
  takeOff(id: string): Flight {
    const flight = new Flight(id);
    this.#flights.add(flight);
    return flight;
  }

  landed(flight: Flight): void {
    this.#flights.delete(flight);
  }

  /** What is kept of a value, unless a change of it was applied since; whether its versions are current, `isCurrent` tells. */
  kept(id: string): Kept<T> | undefined {
    const kept = this.#near.get(id);
    if (kept === undefined || kept.checkedAt === this.#epoch) return kept;
    if (!this.#changedEntries.mayHaveChangedSince(hashOf(id), kept.checkedAt)) return kept;
    this.#near.drop(id);
    return undefined;
  }

  /** Whether all versions of a kept value are known here and the same. They are compared once for each change of what is known. */
  isCurrent(kept: Kept<T>): boolean {
    if (kept.checkedAt === this.#epoch) return true;
    if (!this.#versions.areCurrent(kept.versions)) return false;
    kept.checkedAt = this.#epoch;
    return true;
  }

  /** Keeps what a flight has brought, unless something was changed since the flight began: it may be older than that. */
  keep({ id, revoked }: Flight, frame: Frame<T>, refreshAtMs: number): void {
    if (revoked || !this.#near.hasRoomFor(frame.bytes) || !this.#versions.areCurrent(frame.versions)) return;
    this.#near.set(id, new Kept(frame, refreshAtMs, this.#epoch));
  }

  get size(): { readonly entries: number; readonly bytes: number } {
    return this.#near;
  }

  /** Notes how far the log was applied, for `learn`. */
  get changesSeen(): number {
    return this.#changesSeen;
  }

  /** Keeps versions that were read from Redis, unless a change was applied since the read began. */
  learn(versions: Versions, changesSeenBefore: number): void {
    if (changesSeenBefore !== this.#changesSeen) return;
    this.#versions.learn(versions);
    this.#epoch++;
  }

  /** As `apply`, for a value that this process has changed itself. */
  changed(id: string): void {
    this.apply({ kind: "entry", hash: hashOf(id) });
    this.#near.drop(id);
  }

  apply({ kind, hash }: Change): void {
    this.#changesSeen++;
    this.#epoch++;
    if (kind === "entry") this.#changedEntries.note(hash, this.#epoch);
    else this.#versions.forget(hash);
    // Which tags a flight will turn out to have isn't known yet.
    for (const flight of this.#flights) if (kind === "tag" || flight.hash === hash) flight.revoked = true;
  }

  async #read(): Promise<void> {
    const { guard, deadlineMs, slot, clock } = this.#options;
    if (this.#versions.size > mostVersions) this.#forgetVersions();
    const sentAt = clock();
    const reading = await guard.run("log", deadlineMs, (client) => readLog(client, slot, this.#place), slot.log);
    if (reading.state === "lost") this.#forgetAll();
    else reading.changes.forEach((change) => this.apply(change));
    this.#place = reading.end;
    this.#provenAt = sentAt;
  }

  #tellRefused(refusal: unknown): void {
    const { name, emit } = this.#options;
    const error = withoutCommand(refusal);
    emit({ type: "unavailable", collection: name, operation: "log", reason: "failed", error });
  }

  #forgetAll(): void {
    this.#changesSeen++;
    this.#near.clear();
    this.#forgetVersions();
    for (const flight of this.#flights) flight.revoked = true;
  }

  #forgetVersions(): void {
    this.#versions.clear();
    this.#epoch++;
  }
}
