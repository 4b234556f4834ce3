/** What each algorithm has to answer, written down from its definition: from all that was allowed before, and when. */
export interface Allowed {
  readonly atUs: number;
  readonly cost: number;
}

interface Numbers {
  readonly limit: number;
  readonly windowMs: number;
  readonly burst: number;
}

type Oracle = (log: readonly Allowed[], nowUs: number, cost: number, numbers: Numbers) => boolean;

export const oracles: Record<"gcra" | "fixed" | "sliding", Oracle> = {
  /** A bucket of `burst` units that each take `windowUs / limit` to leak. */
  gcra: (log, nowUs, cost, { limit, windowMs, burst }) => {
    const eachUs = Math.ceil((windowMs * 1_000) / limit);
    let levelUs = 0;
    let lastUs = 0;
    for (const allowed of [...log, { atUs: nowUs, cost }]) {
      levelUs = Math.max(0, levelUs - (allowed.atUs - lastUs)) + allowed.cost * eachUs;
      lastUs = allowed.atUs;
    }
    return levelUs <= burst * eachUs;
  },

  /** Windows that begin with the first use after the end of the one before. */
  fixed: (log, nowUs, cost, { limit, windowMs }) => {
    let begunUs = Number.NEGATIVE_INFINITY;
    let used = 0;
    for (const allowed of [...log, { atUs: nowUs, cost }]) {
      if (allowed.atUs >= begunUs + windowMs * 1_000) [begunUs, used] = [allowed.atUs, 0];
      used += allowed.cost;
    }
    return used <= limit;
  },

  /** Windows by the clock; of the one before as much counts as is less than a window ago. */
  sliding: (log, nowUs, cost, { limit, windowMs }) => {
    const windowUs = windowMs * 1_000;
    const number = Math.floor(nowUs / windowUs);
    const usedIn = (window: number) =>
      log.filter(({ atUs }) => Math.floor(atUs / windowUs) === window).reduce((sum, each) => sum + each.cost, 0);
    const weight = ((number + 1) * windowUs - nowUs) / windowUs;
    return usedIn(number - 1) * weight + usedIn(number) + cost <= limit;
  },
};
