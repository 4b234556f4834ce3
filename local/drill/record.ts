/** What became of every request of a drill. */

export const catalogueReads = ["GET /movies/{id}", "GET /movies"] as const;
const sessionReads = ["GET /cart"] as const;
const writes = ["PUT /cart/items/{movieId}", "POST /orders", "POST /sessions", "PUT /locks/{name}"] as const;
/** It writes as well, but nobody waits for it: what isn't given back lapses. */
const releases = ["DELETE /locks/{name}"] as const;

export type DrilledRoute = (typeof drilledRoutes)[number];
export const drilledRoutes = [...catalogueReads, ...sessionReads, ...writes, ...releases] as const;

export function isWrite(route: DrilledRoute): boolean {
  return writes.some((write) => write === route);
}

export interface Sample {
  readonly route: DrilledRoute;
  /** When it was sent, by `performance.now`. */
  readonly atMs: number;
  readonly ms: number;
  /** Of the answer; 0 where there was none. */
  readonly status: number;
}

export function hasFailed({ status }: Sample): boolean {
  return status === 0 || status >= 500;
}

/** Of times in order; 0 where there are none. */
export function percentile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
