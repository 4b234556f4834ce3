/** Who a connection says it is. */
export interface RedisCredentials {
  readonly username: string;
  /**
   * Asked at every connect, also when ioredis reconnects by itself, so that a short-lived token is never older than the
   * connection it opens. It answers at once, no promise; if it throws, `onError` is told, and it is asked again at the next
   * attempt.
   */
  readonly password: () => string;
  /**
   * The server ends a connection that signed in so long ago. One that is used signs in again, by a new password, when ten to
   * eleven twelfths of it have passed. @default - the server ends none for its age
   */
  readonly connectionLifetimeMs?: number;
  /** Whether `connectRedis` refuses them without `tls: true`. @default false */
  readonly tlsOnly?: boolean;
}

/** For who gives a promise in place of what a sign-in is made with. */
export const keepAnswers =
  "a connect can't wait for one, so keep what it resolves with, renew that in time, and answer it at once";
