import { RedisUnavailableError } from "../redis/unavailable";
import { type Change, hashOf } from "./change";
import { type Place, readLog } from "./change-log";
import type { CollectionContext } from "./collection-options";
import type { Versions } from "./frame";
import { elapsedMs, type Moment } from "./moment";
import { type Kept, NearCache } from "./near-cache";

/** A read or a load under way. It is revoked when something is changed that it may have seen before the change. */
export interface Flight {
  readonly hash: number;
  revoked: boolean;
}

/** With more tags than this, a process asks Redis for their versions anew from time to time. */
const mostVersions = 20_000;

/** A value that is looked for, and the flight that looks for it. */
export interface Asked {
  readonly id: string;
  readonly flight: Flight;
}

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
  readonly near: NearCache<T>;
  readonly #flights = new Set<Flight>();
  readonly #options: ProcessViewOptions;
  readonly #versions = new Map<string, number>();
  /** The tags whose version is known, as the log names them. */
  readonly #tagsOfHash = new Map<number, string[]>();
  readonly #logRefused;
  #place: Place | undefined;
  /** When the last reading that was answered had been sent. */
  #provenAt: Moment | undefined;
  #reading: Promise<void> | undefined;
  #changesSeen = 0;
  #versionsChanged = 0;

  constructor(options: ProcessViewOptions) {
    this.#options = options;
    this.#logRefused = {
      type: "unavailable",
      collection: options.name,
      operation: "log",
      reason: "failed",
    } as const;
    const evicted = { type: "evict", collection: options.name } as const;
    this.near = new NearCache(options.maxBytes, () => options.emit(evicted));
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
      if (!(error instanceof RedisUnavailableError)) this.#options.emit(this.#logRefused);
      return false;
    }
  }

  /** The version of a tag as far as it is known here. */
  version(tag: string): number | undefined {
    return this.#versions.get(tag);
  }

  /** Begins a read or a load of the value with this hash; its end is told by `landed`. */
  takeOff(hash: number): Flight {
    const flight = { hash, revoked: false };
    this.#flights.add(flight);
    return flight;
  }

  landed(flight: Flight): void {
    this.#flights.delete(flight);
  }

  /** Whether all versions of a kept value are known here and the same. They are compared once for each change of what is known. */
  isCurrent(near: Kept<T>): boolean {
    if (near.comparedAt === this.#versionsChanged) return true;
    for (const tag in near.versions) if (near.versions[tag] !== this.#versions.get(tag)) return false;
    near.comparedAt = this.#versionsChanged;
    return true;
  }

  /** Notes how far the log was applied, for `learn`. */
  get changesSeen(): number {
    return this.#changesSeen;
  }

  /** Keeps versions that were read from Redis, unless a change was applied since the read began. */
  learn(versions: Versions, changesSeenBefore: number): void {
    if (changesSeenBefore !== this.#changesSeen) return;
    for (const [tag, version] of Object.entries(versions)) {
      if (!this.#versions.has(tag)) this.#noteHash(tag);
      this.#versions.set(tag, version);
    }
    this.#versionsChanged++;
  }

  apply(change: Change): void {
    this.#changesSeen++;
    if (change.kind === "entry") this.near.drop(change.hash);
    else {
      for (const tag of this.#tagsOfHash.get(change.hash) ?? []) this.#versions.delete(tag);
      this.#tagsOfHash.delete(change.hash);
      this.#versionsChanged++;
    }
    // Which tags a flight will turn out to have isn't known yet.
    for (const flight of this.#flights) if (change.kind === "tag" || flight.hash === change.hash) flight.revoked = true;
  }

  async #read(): Promise<void> {
    const { guard, deadlineMs, slot, clock } = this.#options;
    if (this.#versions.size > mostVersions) this.#forgetVersions();
    const sentAt = clock();
    const reading = await guard.run("log", deadlineMs, (client) => readLog(client, slot, this.#place));
    if (reading.state === "lost") this.#forgetAll();
    else reading.changes.forEach((change) => this.apply(change));
    this.#place = reading.end;
    this.#provenAt = sentAt;
  }

  #forgetAll(): void {
    this.#changesSeen++;
    this.near.clear();
    this.#forgetVersions();
    for (const flight of this.#flights) flight.revoked = true;
  }

  #forgetVersions(): void {
    this.#versions.clear();
    this.#tagsOfHash.clear();
    this.#versionsChanged++;
  }

  #noteHash(tag: string): void {
    const hash = hashOf(tag);
    this.#tagsOfHash.set(hash, [...(this.#tagsOfHash.get(hash) ?? []), tag]);
  }
}
