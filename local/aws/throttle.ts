/** A token bucket: as many requests at once as it holds, then as many as its rate refills. */
export class TokenBucket {
  #tokens: number;
  #filledMs: number;

  constructor(
    private readonly ratePerSecond: number,
    private readonly burst: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.#tokens = burst;
    this.#filledMs = nowMs();
  }

  /** Takes a token; `false` means there was none. */
  take(): boolean {
    const now = this.nowMs();
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#filledMs) / 1000) * this.ratePerSecond);
    this.#filledMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
