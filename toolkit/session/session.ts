/** What is known of a session, and its owner. */
export interface Session<Data> {
  /** Public: it names the session in a list, and nobody can sign in with it. */
  readonly id: string;
  readonly userId: string;
  readonly data: Data;
  readonly createdAtMs: number;
  /** To within `touchEveryMs`. */
  readonly lastSeenAtMs: number;
  /** If it isn't used before. */
  readonly expiresAtMs: number;
}

export interface SessionOwner {
  readonly userId: string;
  /** Made by `newSessionSlot` once for each user, and kept with the user's record. */
  readonly slot: string;
}

/** How long sessions live. Redis' clock decides. */
export interface Lifetime {
  readonly idleMs: number;
  readonly absoluteMs: number;
}
