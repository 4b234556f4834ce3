import { entrySlot } from "../redis/keys";
import type { CheckedOptions, CollectionContext } from "./collection-options";
import { decodeFrame, encodeFrame, type Frame, frameBytes, shared, type Versions } from "./frame";
import { frozen } from "./freeze";
import type { Fill } from "./lease";
import { jitteredMs, refreshAtMs } from "./lifetime";
import type { Loaded } from "./loader";
import type { ProcessView } from "./process-view";
import { fetchVersions } from "./versions";

/** To be served. `stale`: and to be loaded anew, as it is past its soft expiry. */
export interface Usable<T> {
  readonly state: "fresh" | "stale";
  readonly bytes: Buffer;
  readonly frame: Frame<T>;
  readonly judgedAtMs: number;
}

/** Absent, outdated by a version, expired, or not understood; a loader may still ask whether it has changed. */
export interface Useless<T> {
  readonly state: "useless";
  readonly bytes: Buffer | null;
  readonly frame: Frame<T> | undefined;
}

/** What an entry in Redis is worth to a reader. */
export type Stored<T> = Usable<T> | Useless<T>;

export interface Encoded<T> extends Omit<Fill, "token"> {
  /** As it is read back if it was stored then. */
  readonly storedAt: (nowMs: number) => Frame<T>;
}

/** The values of a collection that lie in Redis. */
export class StoredValues<T> {
  readonly #context: CollectionContext;
  readonly #options: CheckedOptions<T>;
  readonly #view: ProcessView<T>;
  /** That a frame holds a `T` is the word of the collection's name, its shape and the frame's format. */
  readonly #parse: (json: string) => T = JSON.parse;

  constructor(context: CollectionContext, options: CheckedOptions<T>, view: ProcessView<T>) {
    this.#context = context;
    this.#options = options;
    this.#view = view;
  }

  /** Reads an entry, together with the other reads of this tick. */
  read(id: string): Promise<Buffer | null> {
    const entry = this.#context.reads.get(entrySlot(this.#context.name, id).entry);
    entry.catch(() => undefined); // it may turn out that nobody needs it
    return entry;
  }

  /** Reads several entries by one command, or one for each node; where `read` would throw, its error. */
  readAll(ids: readonly string[]): Promise<(Buffer | null | Error)[]> {
    return this.#context.reads.getAll(ids.map((id) => entrySlot(this.#context.name, id).entry));
  }

  /**
   * What entries are worth now. Of versions this process' own knowledge counts, if it is proven; else Redis is asked, once:
   * only then it takes a promise.
   *
   * @throws RedisUnavailableError when it gave no answer
   */
  judge(entries: readonly (Buffer | null)[], proven: boolean): readonly Stored<T>[] | Promise<readonly Stored<T>[]> {
    const frames = entries.map((bytes) => this.#decode(bytes));
    const judged = (fetched: Versions) => {
      const judgedAtMs = this.#context.clock().wallMs;
      return frames.map((frame, at) => this.#judged(entries[at] ?? null, frame, fetched, judgedAtMs));
    };
    const unknown = this.#unknownTags(frames, proven);
    return unknown === undefined ? judged({}) : this.#fetch([...unknown]).then(judged);
  }

  judgeOne(bytes: Buffer | null, proven: boolean): Stored<T> | Promise<Stored<T>> {
    const frame = this.#decode(bytes);
    const judged = (fetched: Versions) => this.#judged(bytes, frame, fetched, this.#context.clock().wallMs);
    const unknown = this.#unknownTags([frame], proven);
    return unknown === undefined ? judged({}) : this.#fetch([...unknown]).then(judged);
  }

  /** A loaded value as it is to be stored. */
  encode({ json, value, ttlMs, loadMs }: Loaded<T>, versions: Versions): Encoded<T> {
    const softTtlMs = jitteredMs(ttlMs, this.#context.random);
    // That there is no such thing isn't said for longer than it may be.
    const hardTtlMs = softTtlMs + (value === undefined ? 0 : this.#options.staleMs);
    const frame = encodeFrame(json, loadMs, versions, this.#options.shape);
    const storedAt = (nowMs: number) => {
      const expiries = { softExpiryMs: nowMs + softTtlMs, hardExpiryMs: nowMs + hardTtlMs };
      return { value, ...expiries, loadMs, versions: shared(versions), bytes: frameBytes(json) };
    };
    return { frame, softTtlMs, hardTtlMs, storedAt };
  }

  /** When this process is to load a value anew that it reads or keeps: drawn at each call. */
  dueMs({ softExpiryMs, loadMs }: Frame<T>): number {
    return refreshAtMs(softExpiryMs, loadMs, this.#context.random);
  }

  #decode(bytes: Buffer | null): Frame<T> | undefined {
    return bytes === null ? undefined : decodeFrame(bytes, this.#parse, this.#options.shape);
  }

  #judged(bytes: Buffer | null, frame: Frame<T> | undefined, fetched: Versions, judgedAtMs: number): Stored<T> {
    if (frame === undefined || bytes === null || judgedAtMs >= frame.hardExpiryMs || !this.#isCurrent(frame, fetched))
      return { state: "useless", bytes, frame };
    frozen(frame.value);
    return { state: judgedAtMs < frame.softExpiryMs ? "fresh" : "stale", bytes, frame, judgedAtMs };
  }

  #isCurrent({ versions }: Frame<T>, fetched: Versions): boolean {
    for (const tag in versions)
      if ((Object.hasOwn(fetched, tag) ? fetched[tag] : this.#view.version(tag)) !== versions[tag]) return false;
    return true;
  }

  #unknownTags(frames: readonly (Frame<T> | undefined)[], proven: boolean): ReadonlySet<string> | undefined {
    let unknown: Set<string> | undefined;
    for (const frame of frames) {
      if (frame === undefined) continue;
      for (const tag in frame.versions)
        if (!proven || !this.#isKnown(tag, frame.versions[tag])) (unknown ??= new Set()).add(tag);
    }
    return unknown;
  }

  /** Versions only rise: a frame with a higher one was stored after this process last heard of changes. */
  #isKnown(tag: string, inFrame = 0): boolean {
    const known = this.#view.version(tag);
    return known !== undefined && known >= inFrame;
  }

  async #fetch(tags: readonly string[]): Promise<Versions> {
    const { guard, deadlineMs, slot } = this.#context;
    const before = this.#view.changesSeen;
    const fetched = await guard.run("versions", deadlineMs, (client) => fetchVersions(client, slot, tags), slot.log);
    this.#view.learn(fetched, before);
    return fetched;
  }
}
