/** Who a connection says it is. */
export interface RedisCredentials {
  readonly username: string;
  /**
   * Asked at every connect, also when ioredis reconnects by itself, so that a short-lived token is never older than the
   * connection it opens.
   */
  readonly password: () => string;
}
