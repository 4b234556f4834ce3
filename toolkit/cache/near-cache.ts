import type { Kept } from "./kept";

/**
 * The values that this process keeps itself, bounded by their encoded size.
 *
 * When it is full, a hand goes from the oldest value to the newest and throws out the first one that wasn't asked for since
 * it last passed (SIEVE: Zhang et al., NSDI 2024): a hit moves nothing, so the map's own order is the queue.
 */
export class NearCache<T> {
  readonly #maxBytes: number;
  readonly #onEvict: () => void;
  readonly #values = new Map<string, Kept<T>>();
  #hand: Iterator<[string, Kept<T>]> | undefined;
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

  get(id: string): Kept<T> | undefined {
    const kept = this.#values.get(id);
    kept?.visit();
    return kept;
  }

  /** Whether a value of this size can be kept at all. */
  hasRoomFor(bytes: number): boolean {
    return bytes <= this.#maxBytes;
  }

  set(id: string, kept: Kept<T>): void {
    this.drop(id);
    if (!this.hasRoomFor(kept.bytes)) return;
    while (this.#bytes + kept.bytes > this.#maxBytes) this.#evict();
    this.#values.set(id, kept);
    this.#bytes += kept.bytes;
  }

  drop(id: string): void {
    const kept = this.#values.get(id);
    if (kept === undefined) return;
    this.#values.delete(id);
    this.#bytes -= kept.bytes;
  }

  clear(): void {
    this.#values.clear();
    this.#hand = undefined;
    this.#bytes = 0;
  }

  #evict(): void {
    this.#hand ??= this.#values.entries();
    const next = this.#hand.next();
    if (next.done === true) {
      this.#hand = undefined; // from the oldest again
      return;
    }
    const [id, kept] = next.value;
    if (kept.unvisit()) return;
    this.drop(id);
    this.#onEvict();
  }
}
