/** Larder's toolkit: what an application does with a shared Redis, done right on one primary and on a cluster alike. */
export type { CacheEvent, LoadOutcome, Tier } from "./cache/cache-event";
export { Collection } from "./cache/collection";
export type { CollectionOptions, LoadOptions, Lookup } from "./cache/collection-options";
export type { Invocation } from "./cache/invocation";
export { LoadDeadlineError, LoadFailedError, TooManyLoadsError } from "./cache/load-errors";
export { type LoadResult, notModified, withTtl, WithTtl } from "./cache/load-result";
export { type NearOptions, SharedCache, type SharedCacheOptions } from "./cache/shared-cache";
export type { CollectionStats } from "./cache/telemetry";
export { PutNotConfirmedError } from "./cache/write-through";
export type { Replicated } from "./redis/confirmed-writes";
export { type ConnectOptions, connectRedis, type RedisClient } from "./redis/connect";
export type { RedisCredentials } from "./redis/credentials";
export { type Guard, guardOf } from "./redis/guard";
export { iamCredentials, type IamCredentialsOptions } from "./redis/iam-credentials";
export { type AwsCredentials, presign, type PresignInput } from "./redis/presign";
export { RedisUnavailableError, type UnavailableReason } from "./redis/unavailable";
