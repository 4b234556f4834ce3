/** Larder's toolkit: what an application does with a shared Redis, done right on one primary and on a cluster alike. */
export type { CacheEvent, Tier } from "./cache/cache-event";
export { Collection } from "./cache/collection";
export type { CollectionOptions, Lookup } from "./cache/collection-options";
export { LoadFailedError } from "./cache/load-failed";
export { type NearOptions, SharedCache, type SharedCacheOptions } from "./cache/shared-cache";
export { type ConnectOptions, connectRedis, type RedisClient } from "./redis/connect";
export type { RedisCredentials } from "./redis/credentials";
export { type Guard, guardOf } from "./redis/guard";
export { iamCredentials, type IamCredentialsOptions } from "./redis/iam-credentials";
export { type AwsCredentials, presign, type PresignInput } from "./redis/presign";
export { RedisUnavailableError, type UnavailableReason } from "./redis/unavailable";
