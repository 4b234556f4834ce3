/**
 * The cache's collections. A name means the same to every function and every release that shares the Redis: it is part of
 * the keys, of the outbox' rows and of the metrics.
 */
export const collectionNames = ["movies", "movie-searches", "users"] as const;
export type CollectionName = (typeof collectionNames)[number];

/**
 * What their values look like, by number. Whoever changes what a release reads from a cached value raises it: releases share the
 * Redis while one takes over from the other, and each then leaves the other's values alone.
 */
export const collectionShapes = {
  movies: 1,
  "movie-searches": 1,
  users: 1,
} as const satisfies Record<CollectionName, number>;
