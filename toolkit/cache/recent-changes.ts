/** So many are remembered at least, and at most twice as many. */
const mostChanges = 10_000;

/**
 * When the values of which hashes were last changed, as far as this process knows. Whoever keeps a value asks here when it
 * wants to use it, so that a change costs the same however much is kept.
 */
export class RecentChanges {
  #recent = new Map<number, number>();
  #recentSince = 0;
  #older = new Map<number, number>();
  #knownSince = 0;

  /** @param at rises with each change */
  note(hash: number, at: number): void {
    if (this.#recent.size >= mostChanges) {
      this.#older = this.#recent;
      this.#knownSince = this.#recentSince;
      this.#recent = new Map();
      this.#recentSince = at;
    }
    this.#recent.set(hash, at);
  }

  /** Also if it is too long ago to be known. */
  mayHaveChangedSince(hash: number, at: number): boolean {
    return at < this.#knownSince || (this.#recent.get(hash) ?? this.#older.get(hash) ?? -1) > at;
  }
}
