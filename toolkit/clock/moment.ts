/** A moment by both clocks: in a process that was frozen either may have stood still. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export type Clock = () => Moment;

export const systemClock: Clock = () => ({ monotonicMs: performance.now(), wallMs: Date.now() });

/** How long before `later` the moment `earlier` was, by the clock that went further. */
export function elapsedMs(earlier: Moment, later: Moment): number {
  return Math.max(later.monotonicMs - earlier.monotonicMs, later.wallMs - earlier.wallMs);
}
