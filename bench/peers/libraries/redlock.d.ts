/** The part that is used of a package whose types TypeScript doesn't find. */
declare module "redlock" {
  import type { Redis } from "ioredis";

  export default class Redlock {
    constructor(
      clients: readonly Redis[],
      settings: { readonly retryCount: number; readonly retryDelay: number; readonly retryJitter: number },
    );
    acquire(resources: readonly string[], durationMs: number): Promise<{ release(): Promise<unknown> }>;
  }
}
