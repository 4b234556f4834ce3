import type { Frame, Versions } from "./frame";

/** Times count from here, so that they fit into small integers, which take no memory of their own. */
const originMs = Math.floor(performance.timeOrigin);
const never = 2 ** 31 - 1;

/** A value as a process keeps it. There may be many: each field counts. */
export class Kept<T> {
  readonly value: T | undefined;
  readonly versions: Versions;
  /** How much this process knew of changes when the value was last found to be current. */
  checkedAt: number;
  readonly #softExpiry: number;
  readonly #hardExpiry: number;
  #refreshAt: number;
  /** Twice the size of the encoded value, and 1 if it was asked for since the hand last passed. */
  #size: number;

  /** @param refreshAtMs when this process loads it anew; `Infinity`: it has tried already */
  constructor(
    { value, versions, softExpiryMs, hardExpiryMs, bytes }: Frame<T>,
    refreshAtMs: number,
    checkedAt: number,
  ) {
    this.value = value;
    this.versions = versions;
    this.checkedAt = checkedAt;
    this.#softExpiry = softExpiryMs - originMs;
    this.#hardExpiry = hardExpiryMs - originMs;
    this.#refreshAt = Math.min(Math.floor(refreshAtMs) - originMs, never);
    this.#size = bytes * 2;
  }

  get bytes(): number {
    return this.#size >>> 1;
  }

  get softExpiryMs(): number {
    return this.#softExpiry + originMs;
  }

  get hardExpiryMs(): number {
    return this.#hardExpiry + originMs;
  }

  isFresh(nowMs: number): boolean {
    return nowMs - originMs < this.#softExpiry;
  }

  /** Whether it is time to load it anew. Says so once. */
  takeRefresh(nowMs: number): boolean {
    if (nowMs - originMs < this.#refreshAt) return false;
    this.#refreshAt = never;
    return true;
  }

  visit(): void {
    this.#size |= 1;
  }

  /** Whether it was asked for since the last time. */
  unvisit(): boolean {
    const visited = (this.#size & 1) === 1;
    this.#size &= ~1;
    return visited;
  }
}
