/**
 * The invocation that a process serves now. A function's process is frozen once its answer is out, so nothing may be left
 * under way then.
 */
export interface Invocation {
  /** What is left of it. No lease lasts longer, and no load. */
  remainingMs(): number;
  /** Takes work that goes on behind an answer. It ends within `remainingMs`, never rejects, and is to be awaited. */
  waitUntil(work: Promise<void>): void;
}

/** Of a process that runs on: a server, a container. */
export const endless: Invocation = {
  remainingMs: () => Number.POSITIVE_INFINITY,
  waitUntil: () => undefined,
};
