/** What `load` may answer beside a value. */

/** The source's value is the one in `previous`: it is kept for another lifetime. */
export const notModified: unique symbol = Symbol("not modified");

/** A value with a lifetime of its own; made by `withTtl`. */
export class WithTtl<T> {
  constructor(
    readonly value: T | undefined,
    readonly ttlMs: number,
  ) {}
}

/** The value, or that there is none, for `ttlMs` instead of the collection's lifetime; at least for 1 ms. */
export function withTtl<T>(value: T | undefined, ttlMs: number): WithTtl<T> {
  const wholeMs = Math.max(1, Math.round(ttlMs));
  if (!Number.isSafeInteger(wholeMs)) throw new RangeError(`the lifetime of a value is ${ttlMs}: give milliseconds`);
  return new WithTtl(value, wholeMs);
}

export type LoadResult<T> = T | undefined | WithTtl<T> | typeof notModified;
