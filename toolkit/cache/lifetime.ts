/** When a value is to be loaded anew: never for many values, nor for many processes, at the same moment. */

const jitter = 0.1;

/** A lifetime up to a tenth shorter, so that what was stored together doesn't end together. */
export function jitteredMs(ttlMs: number, random: () => number): number {
  return Math.max(1, Math.round(ttlMs * (1 - jitter * random())));
}

/**
 * When this process loads the value anew although it is still fresh: the earlier, the longer a load takes, and for each
 * process at another moment (XFetch: Vattani et al., "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015; with
 * beta 1, and drawn once for each value that is read or kept, not at each hit).
 */
export function refreshAtMs(softExpiryMs: number, loadMs: number, random: () => number): number {
  return softExpiryMs + loadMs * Math.log(1 - random());
}
