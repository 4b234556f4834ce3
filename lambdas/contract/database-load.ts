/** What one environment of a function asks of PostgreSQL at once. lib counts with it what all environments need together. */

/** An environment serves one request at a time, so it needs no second one. */
export const connectionsPerEnvironment = 1;

/** How many loads of the cache may be under way in it; what is beyond is answered 503. Those without a connection wait for one. */
export const maxConcurrentLoads = 8;
