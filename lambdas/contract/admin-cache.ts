/** What administrators ask of the Redis groups as ElastiCache keeps them, and what they are answered. */
import * as z from "zod/mini";
import { jsonObject } from "./json-object";

/** What a group is for: `lib/stacks/data-stack`. One group may be for both. */
const Role = z.enum(["cache", "state"]);
export type RedisRole = z.infer<typeof Role>;

export const FailoverWish = jsonObject({
  role: Role,
  /** Such as `0001`. @default - the only one; of several one must be named */
  shard: z.optional(z.string().check(z.regex(/^\d{4}$/, "must be the id of a shard, such as 0001"))),
});
export type FailoverWish = z.infer<typeof FailoverWish>;

export const FailoverBegun = z.object({ group: z.string(), shard: z.string() });
export type FailoverBegun = z.infer<typeof FailoverBegun>;

const RedisNode = z.object({
  id: z.string(),
  /** `null` in cluster mode, where ElastiCache doesn't say: its events tell who has taken over from whom. */
  role: z.nullable(z.enum(["primary", "replica"])),
  zone: z.nullable(z.string()),
});

const RedisGroup = z.object({
  roles: z.array(Role),
  id: z.string(),
  /** `available`, or what is going on, such as `modifying`. */
  status: z.string(),
  engine: z.nullable(z.string()),
  engineVersion: z.nullable(z.string()),
  clusterMode: z.boolean(),
  /** Whether a replica takes over by itself. */
  automaticFailover: z.boolean(),
  shards: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      /** `null` where there is one for all. */
      slots: z.nullable(z.string()),
      nodes: z.array(RedisNode),
    }),
  ),
  /** Of the group and its nodes in the last seven days, the newest first. */
  events: z.array(z.object({ at: z.iso.datetime(), source: z.string(), message: z.string() })),
});
export type RedisGroup = z.infer<typeof RedisGroup>;

export const RedisGroups = z.object({ groups: z.array(RedisGroup) });
export type RedisGroups = z.infer<typeof RedisGroups>;
