import type { RedisRole } from "#contract/admin-cache";

/** The id of the group that is for each role. */
export type GroupIds = Readonly<Record<RedisRole, string>>;
