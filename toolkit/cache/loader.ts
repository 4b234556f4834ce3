import { types } from "node:util";
import { late, orLate } from "../redis/deadline";
import { kindOf, shown } from "../shown";
import type { LoadOutcome } from "./cache-event";
import { everything } from "./change";
import type { CheckedOptions, CollectionContext } from "./collection-options";
import { frozen } from "./freeze";
import { tagsAnswered } from "./given-names";
import { LoadDeadlineError, TooManyLoadsError } from "./load-errors";
import { type LoadResult, notModified, WithTtl } from "./load-result";

export interface Wanted<T> {
  readonly id: string;
  /** The value as it was, if a frame of it was found. */
  readonly previous: { readonly value: T | undefined } | undefined;
}

export interface Loaded<T> {
  /** The source's value, as it is stored. */
  readonly json: string | undefined;
  /** What `json` says, so that a hit and a load answer the same. Frozen. */
  readonly value: T | undefined;
  readonly tags: readonly string[];
  readonly ttlMs: number;
  readonly loadMs: number;
}

/** After a load there must be time to store what it brought, or to tell that it failed. */
const storingMs = 100;

/** Calls the source, within a deadline and the number of loads that may be under way at once. */
export class Loader<T> {
  readonly #context: CollectionContext;
  readonly #options: CheckedOptions<T>;
  /** That JSON holds a `T` is the word of who loaded it. */
  readonly #parse: (json: string) => T = JSON.parse;

  constructor(context: CollectionContext, options: CheckedOptions<T>) {
    this.#context = context;
    this.#options = options;
  }

  /** How long the lease of a load that begins now stands: longer than it may take, so that its failure can be told. */
  get leaseMs(): number {
    const { loadDeadlineMs } = this.#options;
    return Math.max(1, Math.min(loadDeadlineMs + storingMs, this.#context.invocation.remainingMs()));
  }

  /** Whether what is left of the invocation is enough to begin a load that nobody waits for. */
  get hasTime(): boolean {
    return this.#context.invocation.remainingMs() > 2 * storingMs;
  }

  /**
   * One value by `load`, several by one `loadMany`; in the order that they are wanted in.
   *
   * @throws TooManyLoadsError, LoadDeadlineError, and whatever the source throws
   */
  async load(wanted: readonly Wanted<T>[], background = false): Promise<readonly Loaded<T>[]> {
    const { name, loadSlots, emit, clock } = this.#context;
    const deadlineMs = Math.max(1, this.leaseMs - storingMs);
    const begunMs = clock().monotonicMs;
    const tell = (outcome: LoadOutcome) =>
      emit({ type: "load", collection: name, outcome, ms: clock().monotonicMs - begunMs, background });
    if (!loadSlots.take()) {
      tell("rejected");
      throw new TooManyLoadsError(name, idsOf(wanted), loadSlots.max);
    }
    try {
      const results = await this.#withinDeadline(wanted, deadlineMs);
      const loadMs = clock().monotonicMs - begunMs;
      const loaded = wanted.map((each, at) => this.asLoaded(each, results[at], loadMs));
      tell(results.length === 1 ? outcomeOf(results[0]) : "loaded");
      return loaded;
    } catch (error) {
      tell(error instanceof LoadDeadlineError ? "late" : "failed");
      throw error;
    }
  }

  async #withinDeadline(wanted: readonly Wanted<T>[], deadlineMs: number): Promise<readonly LoadResult<T>[]> {
    const abort = new AbortController();
    const asked = this.#ask(wanted, abort.signal).finally(() => this.#context.loadSlots.giveBack());
    const results = await orLate(asked, deadlineMs);
    if (results !== late) return results;
    const error = new LoadDeadlineError(this.#context.name, idsOf(wanted), deadlineMs);
    abort.abort(error);
    throw error;
  }

  async #ask(wanted: readonly Wanted<T>[], signal: AbortSignal): Promise<readonly LoadResult<T>[]> {
    const { load, loadMany } = this.#options;
    const [first, ...others] = wanted;
    if (first === undefined) return [];
    if (others.length === 0 || loadMany === undefined)
      return Promise.all(wanted.map(({ id, previous }) => load(id, { previous: previous?.value, signal })));
    const values = await loadMany(
      wanted.map(({ id }) => id),
      { signal },
    );
    this.#checkMany(values);
    return wanted.map(({ id }) => values.get(id));
  }

  /** Under a number nobody would find the value of a string. */
  #checkMany(values: unknown): void {
    const told = `loadMany of ${this.#context.name} answered`;
    if (!types.isMap(values)) throw new TypeError(`${told} ${kindOf(values)}: give a Map of the values by their ids`);
    for (const id of values.keys())
      if (typeof id !== "string") throw new TypeError(`${told} a Map with the key ${shown(id)}: give strings as keys`);
  }

  #stringify(id: string, loaded: T): string {
    const json: unknown = JSON.stringify(loaded);
    if (typeof json === "string") return json;
    throw new TypeError(`load of ${this.#context.name} ${id} answered a ${typeof loaded}: give what JSON can hold`);
  }

  /** A value as the cache has it. Throws what `tags` throws, and for tags that aren't strings, or what isn't JSON. */
  asLoaded({ id, previous }: Wanted<T>, result: LoadResult<T>, loadMs: number): Loaded<T> {
    if (result === notModified && previous === undefined)
      throw new TypeError(
        `load of ${this.#context.name} ${id} answered notModified, but it was given no previous value: return the value`,
      );
    const { ttlMs, missingTtlMs, tags } = this.#options;
    const { name } = this.#context;
    const loaded = result === notModified ? previous?.value : result instanceof WithTtl ? result.value : result;
    const json = loaded === undefined ? undefined : this.#stringify(id, loaded);
    const value = json === undefined ? undefined : frozen(this.#parse(json));
    const usualTtlMs = value === undefined ? missingTtlMs : ttlMs;
    return {
      json,
      value,
      tags: [everything, ...(value === undefined || tags === undefined ? [] : tagsAnswered(name, id, tags(value, id)))],
      ttlMs: result instanceof WithTtl ? result.ttlMs : usualTtlMs,
      loadMs,
    };
  }
}

function idsOf(wanted: readonly Wanted<unknown>[]): string {
  const [first, ...others] = wanted.map(({ id }) => id);
  return others.length === 0 ? (first ?? "") : `${first ?? ""} and ${others.length} more`;
}

function outcomeOf(result: unknown): LoadOutcome {
  if (result === notModified) return "not-modified";
  return result === undefined || (result instanceof WithTtl && result.value === undefined) ? "missing" : "loaded";
}
