/**
 * The cache's collections. A name means the same to every function and every release that shares the Redis: it is part of
 * the keys, of the outbox' rows and of the metrics.
 */
export const collectionNames = ["movies", "movie-searches", "users"] as const;
export type CollectionName = (typeof collectionNames)[number];
