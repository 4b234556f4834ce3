/**
 * Another process, or another caller, has just failed to load the value, so it wasn't tried again. Tried anew after a short while.
 */
export class LoadFailedError extends Error {
  override readonly name = "LoadFailedError";

  constructor(collection: string, id: string, reason: string) {
    super(`the last load of ${collection} ${id} failed: ${reason}`);
  }
}
