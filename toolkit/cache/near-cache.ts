import type { Versions } from "./frame";

export interface NearValue<T> {
  readonly id: string;
  readonly value: T | undefined;
  /** When this process loads it anew, at the latest `softExpiryMs`; put off for good once it tries. */
  refreshAtMs: number;
  readonly softExpiryMs: number;
  readonly hardExpiryMs: number;
  readonly versions: Versions;
  /** Of the encoded value. */
  readonly bytes: number;
}

/** A value as it is kept. */
export interface Kept<T> extends NearValue<T> {
  readonly hash: number;
  /** What was known of versions when the value's were last found to be current; at first they never were. */
  comparedAt: number;
  /** Asked for since the hand last passed. */
  visited: boolean;
  newer: Kept<T> | undefined;
  older: Kept<T> | undefined;
}

/**
 * The values that this process keeps itself, by the hash of their ids, bounded by their encoded size.
 *
 * When it is full, a hand goes from the oldest value to the newest and throws out the first one that wasn't asked for since
 * it last passed (SIEVE: Zhang et al., NSDI 2024): a hit moves nothing.
 */
export class NearCache<T> {
  readonly #maxBytes: number;
  readonly #onEvict: () => void;
  readonly #values = new Map<number, Kept<T>>();
  #newest: Kept<T> | undefined;
  #oldest: Kept<T> | undefined;
  #hand: Kept<T> | undefined;
  #bytes = 0;

  constructor(maxBytes: number, onEvict: () => void) {
    this.#maxBytes = maxBytes;
    this.#onEvict = onEvict;
  }

  get entries(): number {
    return this.#values.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(hash: number, id: string): Kept<T> | undefined {
    const kept = this.#values.get(hash);
    if (kept === undefined || kept.id !== id) return undefined;
    kept.visited = true;
    return kept;
  }

  /** Keeps a value, in the place of another with the same hash. One that is larger than the whole cache isn't kept. */
  set(hash: number, value: NearValue<T>): void {
    this.drop(hash);
    if (value.bytes > this.#maxBytes) return;
    while (this.#bytes + value.bytes > this.#maxBytes) this.#evict();
    const kept: Kept<T> = { ...value, hash, comparedAt: -1, visited: false, newer: undefined, older: this.#newest };
    if (this.#newest === undefined) this.#oldest = kept;
    else this.#newest.newer = kept;
    this.#newest = kept;
    this.#values.set(hash, kept);
    this.#bytes += value.bytes;
  }

  drop(hash: number): void {
    const kept = this.#values.get(hash);
    if (kept !== undefined) this.#remove(kept);
  }

  clear(): void {
    this.#values.clear();
    this.#newest = this.#oldest = this.#hand = undefined;
    this.#bytes = 0;
  }

  #evict(): void {
    let candidate = this.#hand ?? this.#oldest;
    while (candidate?.visited) {
      candidate.visited = false;
      candidate = candidate.newer ?? this.#oldest;
    }
    if (candidate === undefined) return;
    this.#hand = candidate.newer;
    this.#remove(candidate);
    this.#onEvict();
  }

  #remove(kept: Kept<T>): void {
    if (this.#hand === kept) this.#hand = kept.newer;
    if (kept.newer === undefined) this.#newest = kept.older;
    else kept.newer.older = kept.older;
    if (kept.older === undefined) this.#oldest = kept.newer;
    else kept.older.newer = kept.newer;
    this.#values.delete(kept.hash);
    this.#bytes -= kept.bytes;
  }
}
