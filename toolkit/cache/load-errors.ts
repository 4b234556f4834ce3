/** Why a value couldn't be loaded, where the source itself has said nothing. */

/** Another process, or another caller, has just failed to load the value, so it wasn't tried again. Tried anew after a short while. */
export class LoadFailedError extends Error {
  override readonly name = "LoadFailedError";

  constructor(collection: string, id: string, reason: string) {
    super(`the last load of ${collection} ${id} failed: ${reason}`);
  }
}

/** The source didn't answer in time. Its `signal` is aborted; what it brings later is dropped. */
export class LoadDeadlineError extends Error {
  override readonly name = "LoadDeadlineError";

  constructor(
    collection: string,
    ids: string,
    readonly deadlineMs: number,
  ) {
    super(`the load of ${collection} ${ids} took longer than ${Math.round(deadlineMs)} ms`);
  }
}

/** This process has as many loads under way as it may: one more could cost the source its life, too. */
export class TooManyLoadsError extends Error {
  override readonly name = "TooManyLoadsError";

  constructor(collection: string, ids: string, maxConcurrentLoads: number) {
    super(`${collection} ${ids} isn't loaded: ${maxConcurrentLoads} loads are under way (maxConcurrentLoads)`);
  }
}
